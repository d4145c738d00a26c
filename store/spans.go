package store

import (
	"context"
	"iter"
	"slices"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/windage-dev/windage/model"
)

// InsertSpans writes span rows, and their content where they carry any, in
// one insert per table. token names the batch: the same rows sent again under
// the same token are stored once; empty is no token. Whatever the token, a
// row replaces an earlier one of the same service, minute, trace and span.
//
// It either stores all rows or returns an error whose Class says what to do;
// after an error the batch may be sent again. A row that can never be stored
// is a *RowError: Bisect stores the others.
func (s *Store) InsertSpans(ctx context.Context, rows []*model.Span, token string) error {
	if len(rows) == 0 {
		return nil
	}
	return s.InsertSpanSeq(ctx, slices.Values(rows), token)
}

// maxInsertBytes bounds what one insert of spans holds in memory.
const maxInsertBytes = 32 << 20

// InsertSpanSeq is InsertSpans for rows that need not all be in memory: each
// is used only until the next one is asked for. rows may be ranged over more
// than once, and must be the same each time. Rows of very many days, or of
// very much content, become several inserts.
func (s *Store) InsertSpanSeq(ctx context.Context, rows iter.Seq[*model.Span], token string) error {
	return s.withWriter(ctx, func(w *writer) error {
		part := 0
		send := func() error {
			// Content first: once the span rows are there, all of the batch is.
			if err := s.send(ctx, w, &w.content.batch, partToken(token, part)); err != nil {
				return err
			}
			if err := s.send(ctx, w, &w.spans.batch, partToken(token, part)); err != nil {
				return err
			}
			part++
			w.reset()
			return nil
		}
		w.reset()
		var d days
		for d.another() {
			i := -1
			for r := range rows {
				i++
				if err := checkTime(i, "start", r.Start); err != nil {
					return err
				}
				if !d.take(r.Start) {
					continue
				}
				w.content.append(r)
				w.spans.append(r)
				if w.content.bytes()+w.spans.bytes() >= maxInsertBytes {
					if err := send(); err != nil {
						return err
					}
				}
			}
			if err := send(); err != nil {
				return err
			}
		}
		return nil
	})
}

// spanBatch holds the columns of span_rows.
type spanBatch struct {
	batch

	start                                                                                *nanos
	trace                                                                                *proto.ColFixedStr16
	span, parent                                                                         *proto.ColFixedStr8
	service, kind, name, otelKind, status, errorType                                     *word
	duration                                                                             *proto.ColInt64
	dialect, dialectVersion, scopeName, scopeVersion, schemaURL, operation, operationRaw *word
	container, counted                                                                   *proto.ColBool
	provider, providerRaw, requestModel, responseModel                                   *word
	responseID, toolCallID                                                               *text
	finish, tags                                                                         *words
	ttft, maxTokens                                                                      *count
	temperature                                                                          *float
	inputTotal, outputTotal, cacheRead, cacheWrite, reasoning                            *count
	cacheSemantics, cacheRule, usageSource                                               *word
	cost, costIn, costOut, costRead, costWrite, costOther                                *money
	costStatus, costReason, costMatched, costRow, costTable                              *word
	weight                                                                               *proto.ColFloat64
	purpose, serviceVersion, environment, product, agentName                             *word
	session, user, task, agentID                                                         *text
	promptName, promptVersion, variant                                                   *word
	flags, categories, rest, rareTexts                                                   *attrs
	rareNumbers                                                                          *integers
	toolName, toolType, dataSource, language                                             *word
	toolArgs, inputHash, outputHash                                                      *proto.ColUInt64
	inputChars, outputChars                                                              *count
	docIDs, docScores                                                                    *list
	docID                                                                                *text
	docScore                                                                             *float
	predictionID                                                                         *text
	modelName, modelVersion, predictionLabel                                             *word
	numbers                                                                              *numbers
	score                                                                                *float
}

func newSpanBatch() *spanBatch {
	c := &spanBatch{batch: batch{table: "span_rows"}}
	b := &c.batch
	wd := func(name string) *word { return add(b, name, new(word)) }
	st := func(name string) *text { return add(b, name, new(text)) }
	ct := func(name string) *count { return add(b, name, newCount()) }
	mn := func(name string) *money { return add(b, name, newMoney()) }
	bl := func(name string) *proto.ColBool { return add(b, name, new(proto.ColBool)) }
	ha := func(name string) *proto.ColUInt64 { return add(b, name, new(proto.ColUInt64)) }

	c.service = wd("service_name")
	c.start = add(b, "start_time", newNanos())
	c.trace = add(b, "trace_id", new(proto.ColFixedStr16))
	c.span = add(b, "span_id", new(proto.ColFixedStr8))
	c.parent = add(b, "parent_span_id", new(proto.ColFixedStr8))
	c.kind, c.name, c.otelKind = wd("kind"), wd("name"), wd("otel_span_kind")
	c.duration = add(b, "duration_ns", new(proto.ColInt64))
	c.status, c.errorType = wd("status"), wd("error_type")
	c.dialect, c.dialectVersion = wd("dialect"), wd("dialect_version")
	c.scopeName, c.scopeVersion, c.schemaURL = wd("scope_name"), wd("scope_version"), wd("schema_url")
	c.operation, c.operationRaw = wd("operation"), wd("operation_raw")
	c.container = bl("is_container")
	c.provider, c.providerRaw = wd("provider"), wd("provider_raw")
	c.requestModel, c.responseModel = wd("request_model"), wd("response_model")
	c.responseID, c.toolCallID = st("response_id"), st("tool_call_id")
	c.finish = add(b, "finish_reasons", newWords())
	c.ttft = ct("ttft_ns")
	c.temperature = add(b, "temperature", newFloat())
	c.maxTokens = ct("max_tokens")
	c.inputTotal, c.outputTotal = ct("input_total"), ct("output_total")
	c.cacheRead, c.cacheWrite, c.reasoning = ct("cache_read"), ct("cache_write"), ct("reasoning")
	c.cacheSemantics, c.cacheRule = wd("cache_semantics"), wd("cache_semantics_rule")
	c.usageSource = wd("usage_source")
	c.cost, c.costIn, c.costOut = mn("cost_usd"), mn("cost_input_usd"), mn("cost_output_usd")
	c.costRead, c.costWrite, c.costOther = mn("cost_cache_read_usd"), mn("cost_cache_write_usd"), mn("cost_other_usd")
	c.costStatus, c.costReason, c.costMatched = wd("cost_status"), wd("cost_reason"), wd("cost_matched_model")
	c.costRow, c.costTable = wd("cost_price_row"), wd("cost_table_sha256")
	c.counted = bl("cost_counted")
	c.weight = add(b, "weight", new(proto.ColFloat64))
	c.purpose, c.serviceVersion, c.environment, c.product = wd("purpose"), wd("service_version"), wd("environment"), wd("product")
	c.session, c.user, c.task = st("session_id"), st("user_id"), st("task_id")
	c.agentName, c.agentID = wd("agent_name"), st("agent_id")
	c.promptName, c.promptVersion, c.variant = wd("prompt_name"), wd("prompt_version"), wd("variant")
	c.flags = add(b, "flags", newAttrs())
	c.tags = add(b, "tags", newWords())
	c.toolName, c.toolType, c.toolArgs = wd("tool_name"), wd("tool_type"), ha("tool_args_hash")
	c.dataSource = wd("data_source_id")
	c.docID, c.docScore = new(text), newFloat()
	c.docIDs = add(b, "document_ids", &list{typ: "Array(String)", inner: []column{c.docID}})
	c.docScores = add(b, "document_scores", &list{typ: "Array(Nullable(Float64))", inner: []column{c.docScore}})
	c.inputChars, c.outputChars, c.language = ct("input_chars"), ct("output_chars"), wd("language")
	c.inputHash, c.outputHash = ha("input_hash"), ha("output_hash")
	c.predictionID, c.modelName, c.modelVersion = st("prediction_id"), wd("model_name"), wd("model_version")
	c.numbers = add(b, "feature_numbers", newNumbers())
	c.categories = add(b, "feature_categories", newAttrs())
	c.score, c.predictionLabel = add(b, "prediction_score", newFloat()), wd("prediction_label")
	c.rest = add(b, "attributes", newAttrs())
	c.rareTexts = add(b, "rare_texts", newAttrs())
	c.rareNumbers = add(b, "rare_numbers", newIntegers())
	return c
}

// append appends one span to every column.
func (c *spanBatch) append(s *model.Span) {
	c.service.Append(s.ServiceName)
	c.start.Append(s.Start)
	c.trace.Append(s.TraceID)
	c.span.Append(s.SpanID)
	c.parent.Append(s.ParentSpanID)
	c.kind.Append(string(s.Kind))
	c.name.Append(s.Name)
	c.otelKind.Append(s.OTelKind)
	c.duration.Append(int64(s.Duration))
	c.status.Append(s.Status)
	c.errorType.Append(s.ErrorType)
	c.dialect.Append(s.Dialect)
	c.dialectVersion.Append(s.DialectVersion)
	c.scopeName.Append(s.ScopeName)
	c.scopeVersion.Append(s.ScopeVersion)
	c.schemaURL.Append(s.SchemaURL)
	c.operation.Append(s.Operation)
	c.operationRaw.Append(s.OperationRaw)
	c.container.Append(s.IsContainer)

	c.provider.Append(s.Provider)
	c.providerRaw.Append(s.ProviderRaw)
	c.requestModel.Append(s.RequestModel)
	c.responseModel.Append(s.ResponseModel)
	c.responseID.Append(s.ResponseID)
	c.toolCallID.Append(s.ToolCallID)
	c.finish.Append(s.FinishReasons)
	c.ttft.Append(s.TTFT)
	c.temperature.Append(s.Temperature)
	c.maxTokens.Append(s.MaxTokens)

	c.inputTotal.Append(s.InputTotal)
	c.outputTotal.Append(s.OutputTotal)
	c.cacheRead.Append(s.CacheRead)
	c.cacheWrite.Append(s.CacheWrite)
	c.reasoning.Append(s.Reasoning)
	c.cacheSemantics.Append(s.CacheSemantics)
	c.cacheRule.Append(s.CacheSemanticsRule)
	c.usageSource.Append(string(s.UsageSource))

	c.appendCost(s)
	c.appendContext(s)
	c.appendPrediction(s.Prediction)
	c.rest.Append(s.Rest)
	c.appendRare(s)
}

func (c *spanBatch) appendCost(s *model.Span) {
	var cost model.Cost
	if s.Cost != nil {
		cost = *s.Cost
	}
	known := s.Cost != nil && cost.Status != model.CostUnpriced
	c.cost.Append(cost.USD, known)
	c.costIn.Append(cost.Input, known)
	c.costOut.Append(cost.Output, known)
	c.costRead.Append(cost.CacheRead, known)
	c.costWrite.Append(cost.CacheWrite, known)
	c.costOther.Append(cost.Other, known)
	c.costStatus.Append(string(cost.Status))
	c.costReason.Append(cost.Reason)
	c.costMatched.Append(cost.Matched)
	c.costRow.Append(cost.Row)
	c.costTable.Append(cost.Table)
	c.counted.Append(s.CostCounted)
}

func (c *spanBatch) appendContext(s *model.Span) {
	weight := s.Weight
	if weight == 0 {
		weight = 1
	}
	c.weight.Append(weight)
	c.purpose.Append(s.Purpose)
	c.serviceVersion.Append(s.ServiceVersion)
	c.environment.Append(s.Environment)
	c.product.Append(s.Product)
	c.session.Append(s.SessionID)
	c.user.Append(s.UserID)
	c.task.Append(s.TaskID)
	c.agentName.Append(s.AgentName)
	c.agentID.Append(s.AgentID)
	c.promptName.Append(s.PromptName)
	c.promptVersion.Append(s.PromptVersion)
	c.variant.Append(s.Variant)
	for _, f := range s.Flags {
		c.flags.put(f.Key, f.Variant)
	}
	c.flags.end()
	c.tags.Append(s.Tags)
	c.toolName.Append(s.ToolName)
	c.toolType.Append(s.ToolType)
	c.toolArgs.Append(s.ToolArgsHash)
	c.dataSource.Append(s.DataSource)
	for i := range s.Documents {
		c.docID.Append(s.Documents[i].ID)
		c.docScore.put(s.Documents[i].Score, s.Documents[i].Scored)
	}
	c.docIDs.end()
	c.docScores.end()
	c.inputChars.Append(s.InputChars)
	c.outputChars.Append(s.OutputChars)
	c.language.Append(s.Language)
	c.inputHash.Append(s.InputHash)
	c.outputHash.Append(s.OutputHash)
}

var noPrediction model.Prediction

func (c *spanBatch) appendPrediction(p *model.Prediction) {
	if p == nil {
		p = &noPrediction
	}
	c.predictionID.Append(p.ID)
	c.modelName.Append(p.Model)
	c.modelVersion.Append(p.ModelVersion)
	for k, v := range p.Numbers {
		c.numbers.keys.Append(k)
		c.numbers.values.Append(v)
	}
	c.numbers.end()
	for k, v := range p.Categories {
		c.categories.put(k, v)
	}
	c.categories.end()
	c.score.Append(p.Score)
	c.predictionLabel.Append(p.Label)
}

// contentBatch holds the columns of content_rows.
type contentBatch struct {
	batch
	service                       *word
	start                         *nanos
	trace                         *proto.ColFixedStr16
	span                          *proto.ColFixedStr8
	system, prompt, output, tools *text
}

func newContentBatch() *contentBatch {
	c := &contentBatch{batch: batch{table: "content_rows"}}
	b := &c.batch
	c.service = add(b, "service_name", new(word))
	c.start = add(b, "start_time", newNanos())
	c.trace = add(b, "trace_id", new(proto.ColFixedStr16))
	c.span = add(b, "span_id", new(proto.ColFixedStr8))
	c.system = add(b, "system", new(text))
	c.prompt = add(b, "input", new(text))
	c.output = add(b, "output", new(text))
	c.tools = add(b, "tools", new(text))
	return c
}

// append appends the content of a span, if it has any.
func (c *contentBatch) append(s *model.Span) {
	if s.Content == nil {
		return
	}
	c.service.Append(s.ServiceName)
	c.start.Append(s.Start)
	c.trace.Append(s.TraceID)
	c.span.Append(s.SpanID)
	c.system.Append(s.Content.System)
	c.prompt.Append(s.Content.Input)
	c.output.Append(s.Content.Output)
	c.tools.Append(s.Content.Tools)
}

// bytes is about how much memory the rows take.
func (c *contentBatch) bytes() int {
	return len(c.system.buf) + len(c.prompt.buf) + len(c.output.buf) + len(c.tools.buf)
}

// spanRowBytes is about what the fixed part of a row takes in its columns.
const spanRowBytes = 512

// bytes is about how much memory the rows take.
func (c *spanBatch) bytes() int {
	return c.span.Rows()*spanRowBytes + len(c.rest.values.buf)
}
