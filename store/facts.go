package store

import (
	"context"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
)

// HourKey is one hour of one product.
type HourKey struct {
	Product string
	Hour    int64 // unix seconds
}

// Facts reads the facts of the given hours, all products. Tasks count once
// closed by asOf.
func (s *Store) Facts(ctx context.Context, hours []time.Time, asOf time.Time) (map[HourKey]*quality.Facts, error) {
	out := facts{}
	hours = distinct(hours, time.Hour)
	if len(hours) == 0 {
		return out, nil
	}
	return out, s.readFacts(ctx, out, "", factArgs(hours, asOf))
}

// factArgs are what the queries of facts take; hours are distinct, in order.
func factArgs(hours []time.Time, asOf time.Time) []any {
	return []any{named("hours", unix(hours)), named("from", hours[0].UnixMilli()), named("asof", asOf.UnixMilli()), named("ages", labelAges)}
}

// readFacts adds up the facts into out; kind is "" or oneSide.
func (s *Store) readFacts(ctx context.Context, out facts, kind string, args []any) error {
	for _, q := range []struct {
		file string
		scan func(driver.Rows) error
	}{
		{"facts_calls.sql", out.calls}, {"facts_tasks.sql", out.tasks}, {"facts_said.sql", out.said}, {"facts_resolution.sql", out.resolutions}, {"facts_labels.sql", out.labels},
		{"facts_ages.sql", out.ages}, {"facts_judges.sql", out.judges},
	} {
		name := q.file
		if kind != "" {
			name = of(q.file, kind)
		}
		if err := s.read(ctx, name, q.scan, args...); err != nil {
			return err
		}
	}
	return nil
}

// labelAges are quality.LabelAges in seconds.
var labelAges = func() (out []int64) {
	for _, a := range quality.LabelAges {
		out = append(out, int64(a/time.Second))
	}
	return out
}()

// HoursSince are the hours since from that have anything.
func (s *Store) HoursSince(ctx context.Context, from time.Time) ([]time.Time, error) {
	var out []time.Time
	err := s.read(ctx, "block_hours.sql", func(r driver.Rows) error {
		var t time.Time
		err := r.Scan(&t)
		out = append(out, t.UTC())
		return err
	}, named("from", from.UnixMilli()))
	return distinct(out, time.Hour), err
}

// ClosingMinutes are the minutes with tasks that close, or are given up, in
// [before, asOf) by the passing of time alone.
func (s *Store) ClosingMinutes(ctx context.Context, before, asOf time.Time) ([]time.Time, error) {
	var out []time.Time
	err := s.read(ctx, "facts_open_hours.sql", func(r driver.Rows) error {
		var t time.Time
		err := r.Scan(&t)
		out = append(out, t.UTC())
		return err
	}, named("before", before.UnixMilli()), named("asof", asOf.UnixMilli()))
	return out, err
}

type facts map[HourKey]*quality.Facts

func (f facts) of(product string, hour time.Time) *quality.Facts {
	k := HourKey{product, hour.Unix()}
	if f[k] == nil {
		f[k] = &quality.Facts{
			Said: map[quality.SaidKey]quality.Said{}, Runs: map[quality.RunKey]quality.Run{}, Pairs: map[quality.Pair]int64{},
			Calibration: map[uint8]quality.CalibrationBin{}, Last: map[model.Layer]time.Time{},
		}
		f[k].Tasks.ByOutcome, f[k].Tasks.USD = map[model.Outcome]int64{}, map[model.Outcome]float64{}
		f[k].Tasks.Weighted = map[model.Outcome]quality.Weighted{}
	}
	return f[k]
}

func seen(f *quality.Facts, l model.Layer, at time.Time) {
	if at = at.UTC(); at.Unix() > 0 && at.After(f.Last[l]) {
		f.Last[l] = at
	}
}

func (f facts) calls(r driver.Rows) error {
	var product string
	var hour, last time.Time
	var calls, failed, priced, unpriced, partial, suppressed uint64
	var usd float64
	var in, read int64
	if err := r.Scan(&product, &hour, &calls, &failed, &priced, &unpriced, &partial, &usd, &suppressed, &in, &read, &last); err != nil {
		return err
	}
	x := f.of(product, hour)
	x.Calls = quality.Calls{
		N: int64(calls), Failed: int64(failed), Priced: int64(priced), Unpriced: int64(unpriced), Partial: int64(partial),
		USD: usd, Suppressed: int64(suppressed), InputTokens: in, CacheReadTokens: read,
	}
	seen(x, model.Online, last)
	return nil
}

func (f facts) tasks(r driver.Rows) error {
	var product, how string
	var hour, last time.Time
	var n, escalated, overridden, violated, incomplete uint64
	var sum, sum2 float64
	var sampled uint64
	var w quality.Weighted
	if err := r.Scan(&product, &hour, &how, &n, &sum, &sum2, &escalated, &overridden, &violated, &incomplete, &last,
		&sampled, &w.N, &w.NSq, &w.USD, &w.USDSq); err != nil {
		return err
	}
	x := f.of(product, hour)
	t := &x.Tasks
	t.ByOutcome[model.Outcome(how)] += int64(n)
	t.USD[model.Outcome(how)] += sum
	t.Cost.Add(quality.Moments{N: int64(n), Sum: sum, SumSq: sum2})
	w.Sampled = int64(sampled)
	t.Weighted[model.Outcome(how)] = w
	t.Escalated += int64(escalated)
	t.Overridden += int64(overridden)
	t.Violated += int64(violated)
	t.Incomplete += int64(incomplete)
	seen(x, model.Business, last)
	seen(x, model.Online, last)
	return nil
}

func (f facts) said(r driver.Rows) error {
	var product, kind, name, label, suite, run, mdl, prompt string
	var hour, at, target time.Time
	var n, pass, fail, values, critical, off uint64
	var sum, sum2 float64
	var bins map[int16]uint64
	if err := r.Scan(&product, &hour, &kind, &name, &label, &suite, &run, &n, &pass, &fail, &values, &sum, &sum2, &critical, &at, &target, &mdl, &prompt, &bins, &off); err != nil {
		return err
	}
	x := f.of(product, hour)
	k := model.SignalKind(kind)
	if k == model.SignalSuite {
		x.Runs[quality.RunKey{Suite: suite, Run: run}] = add2(x.Runs[quality.RunKey{Suite: suite, Run: run}],
			quality.Run{Pass: int64(pass), Cases: int64(pass + fail), Unjudged: int64(n - pass - fail), At: at.UTC(), Model: mdl, Prompt: prompt})
		seen(x, model.Offline, target)
		return nil
	}
	key := quality.SaidKey{Kind: k, Name: name, Label: label}
	s := quality.Said{
		N: int64(n), Pass: int64(pass), Fail: int64(fail), Value: quality.Moments{N: int64(values), Sum: sum, SumSq: sum2},
		Off: int64(off), Critical: int64(critical), LastAt: at.UTC(), LastTargetAt: target.UTC(),
	}
	for b, c := range bins {
		if s.ValueHist == nil {
			s.ValueHist = quality.Hist{}
		}
		s.ValueHist[b] += int64(c)
	}
	x.Said[key] = s
	switch k {
	case model.SignalEvaluation, model.SignalLabel:
		seen(x, model.Offline, target)
	case model.SignalFeedback:
		seen(x, model.Online, target)
	case model.SignalBusiness, model.SignalOutcome, model.SignalViolation:
		seen(x, model.Business, target)
	}
	return nil
}

func add2(a, b quality.Run) quality.Run {
	b.Pass, b.Cases, b.Unjudged = a.Pass+b.Pass, a.Cases+b.Cases, a.Unjudged+b.Unjudged
	if a.At.After(b.At) {
		b.At = a.At
	}
	return b
}

func (f facts) resolutions(r driver.Rows) error {
	var product, label, passed string
	var hour time.Time
	var outright uint8
	var n uint64
	if err := r.Scan(&product, &hour, &outright, &label, &passed, &n); err != nil {
		return err
	}
	f.of(product, hour).AddResolution(quality.Resolution{Outright: outright == 1, Label: label, Passed: passed == "true"}, int64(n))
	return nil
}

func (f facts) labels(r driver.Rows) error {
	var product, predicted, truth string
	var hour time.Time
	var bin uint8
	var n uint64
	var b quality.CalibrationBin
	if err := r.Scan(&product, &hour, &predicted, &truth, &bin, &n, &b.P, &b.Y, &b.PQ, &b.Brier, &b.Four); err != nil {
		return err
	}
	x := f.of(product, hour)
	if predicted != "" {
		x.Pairs[quality.Pair{Predicted: predicted, True: truth}] += int64(n)
	}
	if bin == 255 {
		return nil
	}
	have := x.Calibration[bin]
	x.Calibration[bin] = quality.CalibrationBin{
		N: have.N + int64(n), P: have.P + b.P, Y: have.Y + b.Y, PQ: have.PQ + b.PQ, Brier: have.Brier + b.Brier, Four: have.Four + b.Four,
	}
	return nil
}

func (f facts) ages(r driver.Rows) error {
	var product string
	var hour time.Time
	var age uint32
	var n, right, tp, fp, fn, tn uint64
	if err := r.Scan(&product, &hour, &age, &n, &right, &tp, &fp, &fn, &tn); err != nil {
		return err
	}
	i := int(age) - 1
	if age == 0 {
		i = len(quality.LabelAges)
	}
	f.of(product, hour).AddLabelled(i, quality.Labelled{N: int64(n), Right: int64(right), TP: int64(tp), FP: int64(fp), FN: int64(fn), TN: int64(tn)})
	return nil
}

func (f facts) judges(r driver.Rows) error {
	var product, name, judge, expected, said string
	var hour time.Time
	var anchor bool
	var n uint64
	if err := r.Scan(&product, &hour, &name, &judge, &anchor, &expected, &said, &n); err != nil {
		return err
	}
	f.of(product, hour).AddJudged(quality.JudgeKey{Name: name, Judge: judge}, anchor, expected, said, int64(n))
	return nil
}

// TaskCount counts the closed tasks of one hour, type and outcome.
type TaskCount struct {
	Product, Type string
	Hour          time.Time
	Outcome       model.Outcome
	N             int64
	USD           float64
}

// ClosedTask is a task that closed, with what is known of its cost in USD.
type ClosedTask struct {
	Product, Type string
	USD           float64
	Trace         string // hex; a trace of the task
}

// ClosedTasks gives the tasks that closed in (from, until] and whose cost is
// known, in the order in which they closed.
func (s *Store) ClosedTasks(ctx context.Context, from, until time.Time) (out []ClosedTask, err error) {
	err = s.read(ctx, "closed_tasks.sql", func(r driver.Rows) error {
		var t ClosedTask
		err := r.Scan(&t.Product, &t.Type, &t.USD, &t.Trace)
		out = append(out, t)
		return err
	}, named("from", from.UnixMilli()), named("until", until.UnixMilli()))
	return out, err
}

// TaskCounts counts the tasks that began in the given hours and are closed by
// asOf.
func (s *Store) TaskCounts(ctx context.Context, hours []time.Time, asOf time.Time) (out []TaskCount, err error) {
	hours = distinct(hours, time.Hour)
	if len(hours) == 0 {
		return nil, nil
	}
	err = s.read(ctx, "task_counts.sql", func(r driver.Rows) error {
		var c TaskCount
		var how string
		err := r.Scan(&c.Product, &c.Type, &c.Hour, &how, &c.N, &c.USD)
		c.Hour, c.Outcome = c.Hour.UTC(), model.Outcome(how)
		out = append(out, c)
		return err
	}, named("hours", unix(hours)), named("from", hours[0].UnixMilli()), named("asof", asOf.UnixMilli()))
	return out, err
}
