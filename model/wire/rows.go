package wire

import (
	"math"

	"github.com/windage-dev/windage/model"
)

// span writes, or reads, one row. New fields are added at the end of their
// group, and version is raised.
func (c *coder) span(s *model.Span) {
	c.row()
	word(c, &s.Kind)
	c.traceID(&s.TraceID)
	c.spanID(&s.SpanID)
	c.spanID(&s.ParentSpanID)
	c.links(&s.Links)
	c.str(&s.Name)
	c.str(&s.OTelKind)
	c.when(&s.Start)
	c.duration(&s.Duration)
	c.str(&s.Status)
	c.str(&s.ErrorType)
	c.int(&s.HTTPStatus)

	c.str(&s.Dialect)
	c.str(&s.DialectVersion)
	c.str(&s.ScopeName)
	c.str(&s.ScopeVersion)
	c.str(&s.SchemaURL)
	c.str(&s.Operation)
	c.str(&s.OperationRaw)
	c.bool(&s.IsContainer)
	c.bool(&s.IsAggregate)

	c.call(s)
	c.usage(&s.Usage)
	c.str(&s.CacheSemantics)
	c.str(&s.CacheSemanticsRule)
	word(c, &s.UsageSource)
	c.str(&s.UsageMissingReason)
	c.str(&s.UsageInconsistent)
	c.costs(s)
	c.place(s)

	c.int(&s.InputChars)
	c.int(&s.OutputChars)
	c.str(&s.Language)
	c.hash(&s.InputHash)
	c.hash(&s.OutputHash)
	c.prediction(s)
	c.content(s)
	c.attrs(&s.Rest)
	c.int(&s.DroppedAttributes)
}

func (c *coder) call(s *model.Span) {
	c.str(&s.Provider)
	c.str(&s.ProviderRaw)
	c.str(&s.RequestModel)
	c.str(&s.ResponseModel)
	c.str(&s.PricedModel)
	c.str(&s.BaseURL)
	c.str(&s.Region)
	c.str(&s.APIFlavor)
	c.str(&s.ServiceTier)
	c.bool(&s.Batch)
	c.str(&s.Fingerprint)
	c.str(&s.ResponseID)
	c.str(&s.RequestID)
	c.str(&s.ToolCallID)
	c.str(&s.ProviderCallID)
	c.strs(&s.FinishReasons)
	c.truth(&s.Streaming)
	c.int(&s.TTFT)
	c.int(&s.Attempt)
	c.str(&s.RetryOf)
	c.number(&s.Temperature)
	c.int(&s.MaxTokens)
	c.str(&s.ReasoningEffort)
	c.str(&s.UserAgentOfModel)
}

func (c *coder) usage(u *model.Usage) {
	for _, n := range [...]*model.Int{
		&u.InputTotal, &u.OutputTotal, &u.TotalReported, &u.CacheRead, &u.CacheWrite, &u.CacheWrite5m, &u.CacheWrite1h,
		&u.InputText, &u.InputAudio, &u.InputImage, &u.InputVideo, &u.InputDocument, &u.InputTool,
		&u.CacheReadText, &u.CacheReadAudio, &u.CacheReadImage, &u.CacheReadVideo,
		&u.Reasoning, &u.OutputText, &u.OutputAudio, &u.OutputImage, &u.OutputVideo,
		&u.PredictionAccepted, &u.PredictionRejected, &u.WebSearches, &u.AudioSeconds, &u.Images,
	} {
		c.int(n)
	}
}

func (c *coder) costs(s *model.Span) {
	from := c.field
	if c.has(s.Cost != nil) {
		if !c.writing {
			s.Cost = new(model.Cost)
			if c.reuse != nil {
				c.reuse.cost, s.Cost = model.Cost{}, &c.reuse.cost
			}
		}
		c.money(&s.Cost.USD)
		word(c, &s.Cost.Status)
		c.str(&s.Cost.Reason)
		c.str(&s.Cost.Matched)
		c.str(&s.Cost.Row)
		c.str(&s.Cost.Table)
		c.money(&s.Cost.Input)
		c.money(&s.Cost.Output)
		c.money(&s.Cost.CacheRead)
		c.money(&s.Cost.CacheWrite)
		c.money(&s.Cost.Other)
		c.int(&s.Cost.CacheSaved)
		c.int(&s.Cost.Requested)
	}
	c.field = from + 14
	c.bool(&s.CostCounted)
	c.str(&s.CostSuppressedBy)
	c.str(&s.CostSuppressedRule)
	if c.has(s.ReportedCost != nil) {
		if !c.writing {
			s.ReportedCost = new(model.Money)
			if c.reuse != nil {
				s.ReportedCost = &c.reuse.reported
			}
		}
		*s.ReportedCost = model.Money(c.varint(int64(*s.ReportedCost)))
	}
	c.str(&s.ReportedCostSource)
	c.float(&s.Weight)
	c.str(&s.Purpose)
}

// place is what a row belongs to, and what it did there.
func (c *coder) place(s *model.Span) {
	c.str(&s.ServiceName)
	c.str(&s.ServiceVersion)
	c.str(&s.Environment)
	c.str(&s.Product)
	c.str(&s.SessionID)
	c.str(&s.UserID)
	c.str(&s.Tenant)
	c.str(&s.Team)
	c.str(&s.TaskID)
	c.str(&s.TaskType)
	c.str(&s.TaskOutcome)
	c.str(&s.AgentName)
	c.str(&s.AgentID)
	c.str(&s.WorkflowName)
	c.str(&s.PromptName)
	c.str(&s.PromptVersion)
	c.str(&s.Variant)
	if slice(c, &s.Flags) {
		for i := range s.Flags {
			c.plain(&s.Flags[i].Key)
			c.plain(&s.Flags[i].Variant)
		}
	}
	c.str(&s.ExperimentID)
	c.strs(&s.Tags)
	c.str(&s.ToolName)
	c.str(&s.ToolType)
	c.hash(&s.ToolArgsHash)
	c.str(&s.MCPMethod)
	c.str(&s.DataSource)
	c.int(&s.TopK)
	c.documents(&s.Documents)
	c.int(&s.Dimensions)
	c.str(&s.GuardrailName)
	c.str(&s.GuardrailVerdict)
}

func (c *coder) links(p *[]model.Link) {
	if !slice(c, p) {
		return
	}
	for i := range *p {
		l := &(*p)[i]
		if c.writing {
			c.buf = append(append(c.buf, l.TraceID[:]...), l.SpanID[:]...)
			continue
		}
		copy(l.TraceID[:], c.take(uint64(len(l.TraceID))))
		copy(l.SpanID[:], c.take(uint64(len(l.SpanID))))
	}
}

func (c *coder) documents(p *[]model.Document) {
	if !slice(c, p) {
		return
	}
	for i := range *p {
		d := &(*p)[i]
		c.plain(&d.ID)
		d.Scored = c.varint(truth(d.Scored)) == 1
		d.Score = math.Float64frombits(c.fixed64(math.Float64bits(d.Score)))
	}
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (c *coder) prediction(s *model.Span) {
	from := c.field
	if c.has(s.Prediction != nil) {
		if !c.writing {
			s.Prediction = new(model.Prediction)
			if c.reuse != nil {
				c.reuse.prediction, s.Prediction = model.Prediction{}, &c.reuse.prediction
			}
		}
		p := s.Prediction
		c.str(&p.ID)
		c.str(&p.Model)
		c.str(&p.ModelVersion)
		c.numbers(&p.Numbers)
		c.texts(&p.Categories)
		c.number(&p.Score)
		c.str(&p.Label)
		c.int(&p.Classes)
	}
	c.field = from + 9
}

func (c *coder) content(s *model.Span) {
	from := c.field
	if c.has(s.Content != nil) {
		if !c.writing {
			s.Content = new(model.Content)
			if c.reuse != nil {
				c.reuse.content, s.Content = model.Content{}, &c.reuse.content
			}
		}
		c.str(&s.Content.System)
		c.str(&s.Content.Input)
		c.str(&s.Content.Output)
		c.str(&s.Content.Tools)
	}
	c.field = from + 5
}

// signal writes, or reads, one signal.
func (c *coder) signal(s *model.Signal) {
	c.row()
	word(c, &s.Kind)
	c.str(&s.Name)
	c.when(&s.At)
	c.traceID(&s.TraceID)
	c.spanID(&s.SpanID)
	for _, t := range [...]*string{
		&s.ResponseID, &s.SessionID, &s.TaskID, &s.PredictionID, &s.UserID, &s.Product, &s.ServiceName, &s.Environment,
	} {
		c.str(t)
	}
	c.number(&s.Value)
	c.str(&s.Label)
	c.truth(&s.Passed)
	for _, t := range [...]*string{
		&s.Annotator, &s.AnnotatorID, &s.Severity, &s.Reason, &s.Suite, &s.Run, &s.Case,
		&s.Model, &s.PromptVersion, &s.Variant, &s.Source, &s.SourceID,
	} {
		c.str(t)
	}
	c.bool(&s.Deleted)
	c.attrs(&s.Rest)
}
