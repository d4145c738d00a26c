package rollup

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/model"
)

// caseTask and caseCall are tasks and calls as a person writes them down.
type caseTask struct {
	Cost     json.RawMessage `json:"cost"`
	Outcome  string          `json:"outcome"`
	Complete *bool           `json:"complete"`
	Calls    []caseCall      `json:"calls"`
	Quality  *float64        `json:"quality"`
}

type caseCall struct {
	Span           string          `json:"span"`
	Logical        string          `json:"logical"`
	Cost           json.RawMessage `json:"cost"`
	Error          bool            `json:"error"`
	Status         string          `json:"status"`
	Unpriced       bool            `json:"unpriced"`
	Complete       *bool           `json:"complete"`
	Model          string          `json:"model"`
	RequestModel   string          `json:"request_model"`
	RequestedModel string          `json:"requested_model"`
	Requested      string          `json:"requested"`
	ResponseModel  string          `json:"response_model"`
	ServedModel    string          `json:"served_model"`
	Served         string          `json:"served"`
	Loop           bool            `json:"loop"`
	Purpose        string          `json:"purpose"`
}

type caseSpan struct {
	Op         string    `json:"op"`
	ResponseID string    `json:"response_id"`
	Input      model.Int `json:"input"`
	Output     model.Int `json:"output"`
	Total      model.Int `json:"total"`
}

// TaskCost answers a case of `windage stat` about the cost of tasks. Its
// fields are one of: tasks (cost and outcome each), calls of one task, spans
// of one task, or usage with rates_per_mtok. Amounts come back as exact
// decimal texts, null where nothing can be said.
func TaskCost(fields map[string]json.RawMessage) (map[string]any, error) {
	out := map[string]any{}
	var found bool
	if raw, ok := fields["tasks"]; ok {
		found = true
		var list []caseTask
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("reading tasks: %w", err)
		}
		if len(list) == 0 {
			return nil, errors.New("tasks is empty: no task, no cost per task")
		}
		tasks := make([]Task, len(list))
		for i := range list {
			t, err := list[i].task()
			if err != nil {
				return nil, fmt.Errorf("task %d: %w", i+1, err)
			}
			tasks[i] = t
		}
		Total(tasks).values(out)
	}
	if raw, ok := fields["calls"]; ok {
		found = true
		var list []caseCall
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("reading calls: %w", err)
		}
		calls, err := toCalls(list)
		if err != nil {
			return nil, err
		}
		var outcome string
		if raw, ok := fields["outcome"]; ok {
			if err := json.Unmarshal(raw, &outcome); err != nil {
				return nil, fmt.Errorf("reading outcome: %w", err)
			}
		}
		o, err := parseOutcome(outcome)
		if err != nil {
			return nil, err
		}
		Sum(calls).values(out, o)
	}
	if raw, ok := fields["spans"]; ok {
		found = true
		var list []caseSpan
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, fmt.Errorf("reading spans: %w", err)
		}
		countSpans(list, out)
	}
	if raw, ok := fields["rates_per_mtok"]; ok {
		found = true
		if err := cacheCase(raw, fields["usage"], out); err != nil {
			return nil, err
		}
	}
	if !found {
		return nil, errors.New("the case has none of tasks, calls, spans, rates_per_mtok")
	}
	return out, nil
}

func (x *caseTask) task() (Task, error) {
	t := Task{Complete: true, Quality: x.Quality}
	var err error
	if t.Outcome, err = parseOutcome(x.Outcome); err != nil {
		return t, err
	}
	if x.Calls != nil {
		t.Calls, err = toCalls(x.Calls)
		return t, err
	}
	if t.Cost, err = parseCost(x.Cost); err != nil {
		return t, err
	}
	t.Complete = t.Cost != nil && (x.Complete == nil || *x.Complete)
	return t, nil
}

func toCalls(list []caseCall) ([]Call, error) {
	calls := make([]Call, len(list))
	for i, x := range list {
		c := Call{Span: x.Span, Logical: x.Logical, Failed: x.Error, Loop: x.Loop, Purpose: casePurpose(x.Purpose)}
		c.RequestModel = first(x.RequestModel, x.RequestedModel, x.Requested, x.Model)
		c.ResponseModel = first(x.ResponseModel, x.ServedModel, x.Served, x.Model)
		var err error
		if c.Cost, err = parseCost(x.Cost); err != nil {
			return nil, fmt.Errorf("call %d: %w", i+1, err)
		}
		if x.Unpriced || x.Status == string(model.CostUnpriced) {
			c.Cost = nil
		}
		c.Lower = x.Status == string(model.CostPartial) || x.Complete != nil && !*x.Complete
		calls[i] = c
	}
	return calls, nil
}

// casePurpose is the purpose that a person wrote down.
func casePurpose(p string) string {
	switch p {
	case "judge", "eval":
		return "evaluation"
	}
	return purpose(p)
}

func first(s ...string) string {
	for _, x := range s {
		if x != "" {
			return x
		}
	}
	return ""
}

// parseCost reads an amount; absent and null mean unpriced.
func parseCost(raw json.RawMessage) (*model.Money, error) {
	s := strings.Trim(string(raw), `"`)
	if s == "" || s == "null" || s == "unpriced" {
		return nil, nil
	}
	m, err := model.ParseMoney(s)
	if err != nil {
		return nil, fmt.Errorf("cost: %w", err)
	}
	if m < 0 {
		return nil, fmt.Errorf("cost %s is negative", m)
	}
	return &m, nil
}

func parseOutcome(s string) (model.Outcome, error) {
	switch o := model.Outcome(s); o {
	case "":
		return model.OutcomeUnknown, nil
	case model.OutcomeSuccess, model.OutcomeFailure, model.OutcomeEscalated, model.OutcomeOverridden, model.OutcomeAbandoned, model.OutcomeUnknown, "timeout":
		return o, nil
	}
	return "", fmt.Errorf("outcome %q is none of success, failure, timeout, escalated, overridden, abandoned, unknown", s)
}

func (t *Totals) values(out map[string]any) {
	out["tasks"] = t.N
	out["cost"] = t.Cost.String()
	out["cost_per_task"] = decimal(t.PerTask())
	out["cost_per_successful_task"] = decimal(t.PerSuccess())
	if t.Unknown > 0 {
		out["cost_per_successful_task_low"] = decimal(t.PerSuccessLow())
		out["cost_per_successful_task_high"] = decimal(t.PerSuccess())
	}
	out["unknown_outcome_ratio"] = decimal(big.NewRat(int64(t.Unknown), int64(t.N)))
	out["success_ratio"] = decimal(big.NewRat(int64(t.Successes), int64(t.N)))
	out["failed_cost"] = t.Failed.String()
	out["failed_cost_share"] = decimal(t.FailedShare())
	out["wasted_cost"] = t.Wasted.String()
	out["wasted_share"] = decimal(t.WastedShare())
	out["complete"] = t.Incomplete == 0
	out["complete_share"] = decimal(big.NewRat(int64(t.N-t.Incomplete), int64(t.N)))
	if iv, ok := t.PerSuccessInterval(); ok {
		out["cost_per_successful_task_interval"] = []float64{iv.Low, iv.High}
	}
	if t.Fallback.OfCalls > 0 {
		t.Fallback.values(out, &t.Cost)
		out["retry_cost"] = t.Retry.String()
		out["retry_share"] = decimal(t.RetryShare())
	}
}

func (c *CallCost) values(out map[string]any, o model.Outcome) {
	out["task_cost"] = c.Total.String()
	out["calls"] = c.Calls
	out["complete"] = c.Complete
	out["unpriced_calls"] = c.Unpriced
	if !c.Complete {
		out["task_cost_lower_bound"] = c.Total.String()
	}
	out["retry_cost"] = c.Retry.String()
	out["retry_share"] = decimal(share(&c.Retry, &c.Total))
	out["loop_cost"] = c.Loop.String()
	wasted := &c.Retry
	if o != model.OutcomeSuccess && o != model.OutcomeUnknown {
		wasted = &c.Total
	}
	out["wasted_cost"] = wasted.String()
	c.Fallback.values(out, &c.Total)
}

func (f *Fallback) values(out map[string]any, total *model.Sum) {
	out["fallback_calls"] = f.Calls
	out["fallback_cost"] = f.Cost.String()
	cost := decimal(share(&f.Cost, total))
	out["fallback_share"], out["fallback_cost_share"] = cost, cost
	if f.OfCalls > 0 {
		out["fallback_call_share"] = decimal(big.NewRat(int64(f.Calls), int64(f.OfCalls)))
	}
	if f.Known > 0 {
		out["fallback_saved"] = f.Saved.String()
	}
}

// countSpans counts the tokens of the spans that stand for calls, each
// response once.
func countSpans(spans []caseSpan, out map[string]any) {
	var in, o, all int64
	seen := map[string]bool{}
	for _, s := range spans {
		switch s.Op {
		case "chat", "text_completion", "generate_content", "embeddings", "rerank":
		default:
			continue // agents, workflows and tools repeat their calls; fetch_response has no usage of its own
		}
		if s.ResponseID != "" {
			if seen[s.ResponseID] {
				continue
			}
			seen[s.ResponseID] = true
		}
		in += s.Input.Or(0)
		o += s.Output.Or(0)
		all += s.Total.Or(s.Input.Or(0) + s.Output.Or(0))
	}
	out["tokens"], out["input"], out["output"] = all, in, o
}

// cacheCase prices a call with and without its cache.
func cacheCase(rawRates, rawUsage json.RawMessage, out map[string]any) error {
	var rates map[string]json.RawMessage
	if err := json.Unmarshal(rawRates, &rates); err != nil {
		return fmt.Errorf("reading rates_per_mtok: %w", err)
	}
	r := cost.Request{Rates: map[string]any{}}
	for k, v := range rates {
		r.Rates[k] = strings.Trim(string(v), `"`) + " per Mtok"
	}
	if err := json.Unmarshal(rawUsage, &r.Usage); err != nil {
		return fmt.Errorf("reading usage: %w", err)
	}
	empty, err := cost.NewBook()
	if err != nil {
		return err
	}
	with := empty.Answer(&r, time.Time{}, false)
	for k := range r.Usage {
		if strings.HasPrefix(k, "cache") {
			delete(r.Usage, k)
		}
	}
	without := empty.Answer(&r, time.Time{}, false)
	if with.USD == nil || without.USD == nil {
		return fmt.Errorf("%s: %s", with.Reason, with.Error)
	}
	out["cost"] = with.USD.String()
	out["cost_without_cache"] = without.USD.String()
	out["cache_savings"] = (*without.USD - *with.USD).String()
	return nil
}

// decimal is r as a decimal text: exact where it ends within 18 places, else
// rounded to them; nil stays null.
func decimal(r *big.Rat) any {
	if r == nil {
		return nil
	}
	s := r.FloatString(18)
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}
