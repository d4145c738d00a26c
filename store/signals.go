package store

import (
	"context"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/windage-dev/windage/model"
)

// InsertSignals writes signals. token and errors are those of InsertSpans. A
// signal replaces an earlier one with the same ID.
func (s *Store) InsertSignals(ctx context.Context, rows []model.Signal, token string) error {
	for i := range rows {
		if err := checkTime(i, "at", rows[i].At); err != nil {
			return err
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return s.withWriter(ctx, func(w *writer) error {
		// signal_rows is partitioned by month: byDay's bound holds all the more.
		for i, part := range byDay(rows, func(r model.Signal) time.Time { return r.At }) {
			w.signals.reset()
			for j := range part {
				w.signals.append(&part[j])
			}
			if err := s.send(ctx, w, &w.signals.batch, partToken(token, i)); err != nil {
				return err
			}
		}
		return nil
	})
}

// signalBatch holds the columns of signal_rows.
type signalBatch struct {
	batch
	kind, name, source, suite                                  *word
	trace, id                                                  *proto.ColFixedStr16
	span                                                       *proto.ColFixedStr8
	response, session, task, prediction, sourceID, run, caseID *text
	at                                                         *nanos
	deleted                                                    *proto.ColUInt8
	user, annotatorID                                          *text
	product, service, environment, label, annotator, severity  *word
	reason, model, promptVersion, variant                      *word
	value                                                      *float
	passed                                                     *truth
	rest                                                       *attrs
}

func newSignalBatch() *signalBatch {
	c := &signalBatch{batch: batch{table: "signal_rows"}}
	b := &c.batch
	wd := func(name string) *word { return add(b, name, new(word)) }
	st := func(name string) *text { return add(b, name, new(text)) }
	c.kind, c.name = wd("kind"), wd("name")
	c.trace = add(b, "trace_id", new(proto.ColFixedStr16))
	c.id = add(b, "id", new(proto.ColFixedStr16))
	c.span = add(b, "span_id", new(proto.ColFixedStr8))
	c.response, c.session, c.task, c.prediction = st("response_id"), st("session_id"), st("task_id"), st("prediction_id")
	c.source, c.sourceID = wd("source"), st("source_id")
	c.suite, c.run, c.caseID = wd("suite"), st("run"), st("case_id")
	c.at = add(b, "at", newNanos())
	c.deleted = add(b, "deleted", new(proto.ColUInt8))
	c.user, c.product, c.service, c.environment = st("user_id"), wd("product"), wd("service_name"), wd("environment")
	c.value = add(b, "value", newFloat())
	c.label = wd("label")
	c.passed = add(b, "passed", newTruth())
	c.annotator, c.annotatorID, c.severity, c.reason = wd("annotator"), st("annotator_id"), wd("severity"), wd("reason")
	c.model, c.promptVersion, c.variant = wd("model"), wd("prompt_version"), wd("variant")
	c.rest = add(b, "attributes", newAttrs())
	return c
}

// append appends one signal to every column.
func (c *signalBatch) append(s *model.Signal) {
	c.kind.Append(string(s.Kind))
	c.name.Append(s.Name)
	c.trace.Append(s.TraceID)
	c.id.Append(s.ID())
	c.span.Append(s.SpanID)
	c.response.Append(s.ResponseID)
	c.session.Append(s.SessionID)
	c.task.Append(s.TaskID)
	c.prediction.Append(s.PredictionID)
	c.source.Append(s.Source)
	c.sourceID.Append(s.SourceID)
	c.suite.Append(s.Suite)
	c.run.Append(s.Run)
	c.caseID.Append(s.Case)
	c.at.Append(s.At)
	var deleted uint8
	if s.Deleted {
		deleted = 1
	}
	c.deleted.Append(deleted)
	c.user.Append(s.UserID)
	c.product.Append(s.Product)
	c.service.Append(s.ServiceName)
	c.environment.Append(s.Environment)
	c.value.Append(s.Value)
	c.label.Append(s.Label)
	c.passed.Append(s.Passed)
	c.annotator.Append(s.Annotator)
	c.annotatorID.Append(s.AnnotatorID)
	c.severity.Append(s.Severity)
	c.reason.Append(s.Reason)
	c.model.Append(s.Model)
	c.promptVersion.Append(s.PromptVersion)
	c.variant.Append(s.Variant)
	c.rest.Append(s.Rest)
}
