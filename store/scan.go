package store

import (
	"sort"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/shopspring/decimal"

	"github.com/windage-dev/windage/model"
)

// scanSpan reads a row of trace_rows.sql, in its order of columns.
func scanSpan(r driver.Rows) (*model.Span, error) {
	var (
		s                                           model.Span
		trace, span, parent                         string
		kind, usageSource, costStatus               string
		linkTraces, linkSpans                       []string
		duration                                    int64
		attempt, in, out, total, read, write, think *int64
		classes                                     *int64
		cost, saved, requested                      *decimal.Decimal
		flags, categories, rest                     map[string]string
		p                                           model.Prediction
	)
	if err := r.Scan(&s.ServiceName, &s.Start, &trace, &span, &parent, &kind, &s.Name, &s.OTelKind, &duration, &s.Status, &s.ErrorType,
		&linkTraces, &linkSpans, &s.Dialect, &s.ScopeName, &s.Operation, &s.IsContainer, &s.IsAggregate, &s.Provider, &s.RequestModel, &s.ResponseModel, &s.PricedModel,
		&s.Region, &s.ServiceTier, &s.ResponseID, &s.RequestID, &s.ToolCallID, &s.ProviderCallID, &s.FinishReasons, &attempt, &s.RetryOf,
		&in, &out, &total, &read, &write, &think, &usageSource,
		&cost, &saved, &requested, &costStatus, &s.CostCounted, &s.CostSuppressedBy, &s.CostSuppressedRule, &s.Weight, &s.Purpose,
		&s.ServiceVersion, &s.Environment, &s.Product, &s.SessionID, &s.UserID, &s.Tenant, &s.Team, &s.TaskID, &s.TaskType, &s.TaskOutcome,
		&s.AgentName, &s.AgentID, &s.WorkflowName, &s.PromptName, &s.PromptVersion, &s.Variant, &flags, &s.ExperimentID,
		&s.ToolName, &s.ToolArgsHash, &s.DataSource, &s.Language, &s.InputHash, &p.ID, &p.Model, &p.ModelVersion, &categories,
		&p.Score, &p.Label, &classes, &rest); err != nil {
		return nil, err
	}
	copy(s.TraceID[:], trace)
	copy(s.SpanID[:], span)
	copy(s.ParentSpanID[:], parent)
	s.Kind, s.UsageSource, s.Duration = model.Kind(kind), model.UsageSource(usageSource), time.Duration(duration)
	for i := range linkTraces {
		var l model.Link
		copy(l.TraceID[:], linkTraces[i])
		if i < len(linkSpans) {
			copy(l.SpanID[:], linkSpans[i])
		}
		s.Links = append(s.Links, l)
	}
	s.Attempt = known(attempt)
	s.InputTotal, s.OutputTotal, s.TotalReported = known(in), known(out), known(total)
	s.CacheRead, s.CacheWrite, s.Reasoning = known(read), known(write), known(think)
	if costStatus != "" {
		s.Cost = &model.Cost{Status: model.CostStatus(costStatus)}
		if cost != nil {
			usd, err := model.ParseMoney(cost.String())
			if err != nil {
				return nil, err
			}
			s.Cost.USD = usd
		}
		s.Cost.CacheSaved, s.Cost.Requested = pico(saved), pico(requested)
	}
	for _, k := range keys(flags) {
		s.Flags = append(s.Flags, model.Flag{Key: k, Variant: flags[k]})
	}
	for _, k := range keys(rest) {
		s.Rest = append(s.Rest, model.Attr{Key: k, Value: rest[k]})
	}
	if s.Kind == model.KindPrediction {
		p.Categories, p.Classes = categories, known(classes)
		s.Prediction = &p
	}
	return &s, nil
}

// scanSignal reads a row of signals_about.sql or signals_since.sql.
func scanSignal(r driver.Rows) (model.Signal, error) {
	var s model.Signal
	var kind, trace, span string
	var passed *bool
	var anchor, expected string
	err := r.Scan(&kind, &s.Name, &trace, &span, &s.ResponseID, &s.SessionID, &s.TaskID, &s.PredictionID, &s.Source, &s.SourceID, &s.Suite, &s.Run, &s.Case,
		&s.At, &s.UserID, &s.Product, &s.ServiceName, &s.Environment, &s.Value, &s.Label, &passed, &s.Annotator, &s.AnnotatorID, &s.Severity, &s.Reason,
		&s.Model, &s.PromptVersion, &s.Variant, &anchor, &expected)
	s.Kind = model.SignalKind(kind)
	copy(s.TraceID[:], trace)
	copy(s.SpanID[:], span)
	if passed != nil {
		s.Passed = model.BoolOf(*passed)
	}
	if anchor != "" {
		s.Rest = []model.Attr{{Key: model.AttrAnchor, Value: anchor}, {Key: model.AttrAnchorExpected, Value: expected}}
	}
	return s, err
}

// pico is an amount in pico-USD, unknown where there is none.
func pico(d *decimal.Decimal) model.Int {
	if d == nil {
		return model.Int{}
	}
	return model.Some(d.Shift(12).IntPart())
}

func known(n *int64) model.Int {
	if n == nil {
		return model.Int{}
	}
	return model.Some(*n)
}

func keys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
