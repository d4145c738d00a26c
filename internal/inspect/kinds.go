package inspect

import "github.com/windage-dev/windage/model"

// kind is what a row is, once all rows are known: a tool run told of before is
// a span of the trace, and the root of a trace that holds calls and no task of
// an SDK's is the task (the trace rule of quality/place).
func (r *report) kind(row *model.Span) model.Kind {
	if r.tasks[row] {
		return model.KindTask
	}
	return row.SettledKind()
}

// maxDepth bounds how many ancestors of a call are looked at.
const maxDepth = 1024

type spanID struct {
	trace model.TraceID
	span  model.SpanID
}

// taskRoots are the plain spans that are the root of a trace with calls in which
// no SDK told of a task: an application's or server's own span of a request.
func taskRoots(rows []*model.Span) map[*model.Span]bool {
	byID := make(map[spanID]*model.Span, len(rows))
	told := map[model.TraceID]bool{}
	for _, row := range rows {
		byID[spanID{row.TraceID, row.SpanID}] = row
		if row.Kind == model.KindTask {
			told[row.TraceID] = true
		}
	}
	roots := map[*model.Span]bool{}
	for _, row := range rows {
		if !row.Kind.IsCall() || told[row.TraceID] {
			continue
		}
		top := row
		for range maxDepth { // ids may form a loop
			up := byID[spanID{row.TraceID, top.ParentSpanID}]
			if up == nil {
				break
			}
			top = up
		}
		if top.Kind == model.KindSpan && top.ParentSpanID.IsZero() {
			roots[top] = true
		}
	}
	return roots
}
