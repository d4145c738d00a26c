package rollup

import (
	"sort"
	"strconv"
	"time"

	"github.com/windage-dev/windage/model"
)

// Calls are the counted calls among the rows of one task, in order of time,
// with what of them is one logical call tried again, and what repeats work.
//
// Attempts of one logical call have the same parent and operation, and the
// same input where it is known; a later one names the earlier (retry_of), says
// that it is another attempt, or follows one that failed. The same request
// made again after a success is a call of its own: several answers may be
// wanted.
//
// A call repeats work where the last tool that ended before it had already run
// with success on the same arguments in this task: the model reads again what
// it has read.
func Calls(rows []*model.Span) []Call {
	rows = append([]*model.Span(nil), rows...)
	sort.SliceStable(rows, func(i, j int) bool {
		if !rows[i].Start.Equal(rows[j].Start) {
			return rows[i].Start.Before(rows[j].Start)
		}
		return rows[i].SpanID.String() < rows[j].SpanID.String()
	})
	names := deployments(rows)
	repeated := repeats(rows)
	var out []Call
	open := map[string]attempt{} // the latest attempt, by what its next one has in common with it
	for _, r := range rows {
		if !r.CostCounted {
			continue
		}
		c := Call{
			Span: r.SpanID.String(), Failed: r.Failed(), Purpose: purpose(r.Purpose),
			RequestModel: names(r.RequestModel), ResponseModel: r.ResponseModel, Loop: repeated.at(r),
		}
		if r.InContainer() {
			c.Cost = new(model.Money) // all of it is that of the container
		} else if r.Cost != nil && r.Cost.Status != model.CostUnpriced && r.Cost.Status != "" {
			usd := r.Cost.USD
			c.Cost, c.Lower = &usd, r.Cost.Status == model.CostPartial
			if r.Cost.CacheSaved.Known {
				c.CacheSaved, c.CacheKnown = model.Money(r.Cost.CacheSaved.N), true
			}
			if r.Cost.Requested.Known {
				asked := model.Money(r.Cost.Requested.N)
				c.RequestModelCost = &asked
			}
		}
		group := r.TraceID.String() + r.ParentSpanID.String() + r.Operation
		if r.InputHash != 0 {
			group += strconv.FormatUint(r.InputHash, 16)
		}
		last, ok := open[group]
		again := r.Attempt.Known && r.Attempt.N > 1 || r.RetryOf != "" || last.failed
		if ok && again && !r.Start.Before(last.end) {
			c.Logical = last.logical
		} else {
			c.Logical = r.TraceID.String() + "/" + r.SpanID.String()
		}
		open[group] = attempt{c.Logical, c.Failed, r.End()}
		out = append(out, c)
	}
	return out
}

// purpose is one of those that sums tell apart: traffic of any other is not the
// product's own either.
func purpose(p string) string {
	switch p {
	case "", "canary", "evaluation":
		return p
	default:
		return "shadow"
	}
}

type attempt struct {
	logical string
	failed  bool
	end     time.Time
}

// deployments gives names of requested models that are only another name of
// the model that answered: the book that priced the call knows no other.
func deployments(rows []*model.Span) func(string) string {
	to := map[string]string{}
	for _, r := range rows {
		if r.CostCounted && r.ResponseModel != "" && r.RequestModel != r.ResponseModel && (r.Cost == nil || !r.Cost.Requested.Known) {
			to[r.RequestModel] = r.ResponseModel
		}
	}
	return func(name string) string {
		if is, ok := to[name]; ok {
			return is
		}
		return name
	}
}

// toolRuns are the tools of a task in order of their end, and whether each had
// run with success on the same arguments before.
type toolRuns []struct {
	end      time.Time
	repeated bool
}

func repeats(rows []*model.Span) toolRuns {
	var tools []*model.Span
	for _, r := range rows {
		if r.Kind == model.KindToolCall && !r.Repeats() {
			tools = append(tools, r)
		}
	}
	sort.SliceStable(tools, func(i, j int) bool { return tools[i].End().Before(tools[j].End()) })
	type work struct {
		name string
		args uint64
	}
	done := map[work]bool{}
	var out toolRuns
	for _, t := range tools {
		w := work{t.ToolName, t.ToolArgsHash}
		out = append(out, struct {
			end      time.Time
			repeated bool
		}{t.End(), t.ToolArgsHash != 0 && done[w]})
		if !t.Failed() {
			done[w] = true
		}
	}
	return out
}

func (t toolRuns) at(r *model.Span) bool {
	n := sort.Search(len(t), func(i int) bool { return t[i].end.After(r.Start) })
	return n > 0 && t[n-1].repeated
}
