package monitor

import (
	"context"
	"sort"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/windage-dev/windage/collector/monitor/internal/promview"
	"github.com/windage-dev/windage/drift/block"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/store"
)

type taskGroup struct {
	product, kind string
	outcome       model.Outcome
}

type taskHour struct {
	taskGroup
	hour int64
}

// countTasks follows the closed tasks of the hours. The counters only grow: a
// task that closes later, or whose outcome becomes known later, is counted
// when it does, and one that goes is not taken back. What counts is growth
// beyond the most that an hour ever had, so that a task which goes and comes
// back, as late spans regroup it, is not counted twice.
func (e *evaluator) countTasks(ctx context.Context, db *store.Store, hours []time.Time, asOf time.Time) error {
	counts, err := db.TaskCounts(ctx, hours, asOf)
	if err != nil {
		return err
	}
	for _, c := range counts {
		k := taskHour{taskGroup{c.Product, c.Type, c.Outcome}, c.Hour.Unix()}
		old := e.tasks[k]
		most := c
		most.N, most.USD = max(c.N, old.N), max(c.USD, old.USD)
		e.tasks[k] = most
		if !e.loaded && !e.fresh {
			continue // what an earlier process has seen close
		}
		t := e.totals[k.taskGroup]
		t.Product, t.TaskType, t.Outcome = c.Product, c.Type, c.Outcome
		t.Count += most.N - old.N
		t.USD += most.USD - old.USD
		e.totals[k.taskGroup] = t
	}
	return nil
}

// tellClosed tells of the tasks that closed since it last told of any, and in
// a new process since the slot before. A task whose spans come so late that
// its close lies further back is in the totals only.
func (e *evaluator) tellClosed(ctx context.Context, db *store.Store, before, asOf time.Time) error {
	tasks, err := db.ClosedTasks(ctx, later(before, e.closedThen), asOf)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		e.closed(t)
	}
	e.closedThen = later(e.closedThen, asOf)
	return nil
}

// costPerTask observes closed tasks in the histogram of their costs. Task
// types beyond the cap go together.
func costPerTask(h *prometheus.HistogramVec, most int) func(store.ClosedTask) {
	types := map[string]bool{}
	return func(t store.ClosedTask) {
		kind := t.Type
		if !types[kind] && len(types) >= most {
			kind = promview.Other
		}
		types[kind] = true
		h.WithLabelValues(t.Product, kind).(prometheus.ExemplarObserver).ObserveWithExemplar(t.USD, prometheus.Labels{"trace_id": t.Trace})
	}
}

func (e *evaluator) taskTotals() []model.TaskTotal {
	out := make([]model.TaskTotal, 0, len(e.totals))
	for _, t := range e.totals {
		out = append(out, t)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		switch {
		case a.Product != b.Product:
			return a.Product < b.Product
		case a.TaskType != b.TaskType:
			return a.TaskType < b.TaskType
		default:
			return a.Outcome < b.Outcome
		}
	})
	return out
}

// durations takes the histograms of an hour's facts from its series, which are
// counted on the same grid.
func (e *evaluator) durations(k store.HourKey) {
	f := e.facts[k]
	hour := time.Unix(k.Hour, 0)
	f.Calls.Duration = hist(e.series.Hist(k.Product, "call_duration_seconds", hour))
	f.Calls.TTFT = hist(e.series.Hist(k.Product, "time_to_first_token_seconds", hour))
	f.Tasks.Duration = hist(e.series.Hist(k.Product, "task_duration_seconds", hour))
}

func hist(b *block.Numeric) quality.Hist {
	if b == nil {
		return nil
	}
	h := quality.Hist{}
	for _, c := range b.Cells {
		if !c.Code.Finite() || c.Code < 0 {
			continue
		}
		if c.Code == 0 {
			h[quality.ZeroBin] += int64(c.N)
			continue
		}
		h.Observe(block.Log.Mid(c.Code), int64(c.N))
	}
	return h
}
