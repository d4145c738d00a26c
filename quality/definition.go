package quality

import (
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// Definition says what one layer metric is and how it is measured.
type Definition struct {
	Name  string
	Title string
	Layer model.Layer
	Unit  model.Unit
	// HigherIsBetter is the direction of good.
	HigherIsBetter bool
	Tier           model.Tier    // unless windage.yaml says otherwise
	Window         time.Duration // unless windage.yaml says otherwise
	// Help says in one sentence how the number comes from spans and signals.
	Help string

	measure func(f *Facts, z float64) Measured
}

// Measured is the outcome of measuring a metric on facts.
type Measured struct {
	model.Estimate
	// Bounds is what the tasks with unknown outcome leave possible.
	Bounds *model.Interval95
	// LowerBound is true of a cost too much of which has no price: the truth
	// is the value or more.
	LowerBound bool
}

// Measure is the metric over the facts, with its 95 % interval; without data
// it has no value and says why.
func (d Definition) Measure(f *Facts) Measured { return d.measure(f, z95) }

// MeasureAt is Measure with an interval at the normal quantile z.
func (d Definition) MeasureAt(f *Facts, z float64) Measured { return d.measure(f, z) }

const day = 24 * time.Hour

// Definitions are the metrics that every product has, in the order of the
// layers. Named evaluations, named feedback and evaluation suites add their
// own (see For).
var Definitions = []Definition{
	{"groundedness", "Groundedness", model.Offline, model.UnitRatio, true, model.Warning, day,
		"share of evaluations named groundedness that passed; the mean score where there is no verdict",
		said(model.SignalEvaluation, "groundedness")},
	{"citation_fidelity", "Citation fidelity", model.Offline, model.UnitRatio, true, model.Context, day,
		"share of evaluations named citation_fidelity that passed; the mean score where there is no verdict",
		said(model.SignalEvaluation, "citation_fidelity")},
	{"eval_pass_rate", "Eval-suite pass rate", model.Offline, model.UnitRatio, true, model.Warning, 7 * day,
		"share of cases passed in the latest run of each evaluation suite", suites("")},
	{"accuracy", "Accuracy", model.Offline, model.UnitRatio, true, model.Context, 7 * day,
		"share of predictions with a known true label that were right", accuracy},
	{"precision", "Precision", model.Offline, model.UnitRatio, true, model.Context, 7 * day,
		"true positives among predicted positives; the mean over classes where neither of two labels is the positive one", precision},
	{"recall", "Recall", model.Offline, model.UnitRatio, true, model.Context, 7 * day,
		"true positives among actual positives; the mean over classes where neither of two labels is the positive one", recall},
	{"f1", "F1", model.Offline, model.UnitRatio, true, model.Context, 7 * day,
		"harmonic mean of precision and recall; the mean over classes where neither of two labels is the positive one", f1},
	{"calibration_error", "Calibration error (excess)", model.Offline, model.UnitRatio, false, model.Context, 7 * day,
		"root mean squared distance between predicted probability and observed share over ten bins, less what a perfectly calibrated model would show by chance", calibrationError},
	{"brier_score", "Brier score", model.Offline, model.UnitRatio, false, model.Context, 7 * day,
		"mean squared error of the predicted probability", brier},

	{"task_completion", "Task completion", model.Online, model.UnitRatio, true, model.Warning, day,
		"successful tasks among closed tasks with a known outcome; the bounds count unknown outcomes as all failed and all successful", completion},
	{"acceptance_rate", "Acceptance rate", model.Online, model.UnitRatio, true, model.Warning, day,
		"share of feedback named acceptance that accepted the output as it was", said(model.SignalFeedback, "acceptance")},
	{"override_rate", "Override rate", model.Online, model.UnitRatio, false, model.Context, day,
		"share of decisions that a human changed, from acceptance feedback labelled overridden, else from task outcomes", overrides},
	{"escalation_rate", "Escalation rate", model.Online, model.UnitRatio, false, model.Context, day,
		"escalated tasks among closed tasks with a known outcome", taskShare(func(t *Tasks) int64 { return t.Escalated })},
	{"abandonment_rate", "Abandonment rate", model.Online, model.UnitRatio, false, model.Context, day,
		"abandoned tasks among closed tasks with a known outcome", taskShare(func(t *Tasks) int64 { return t.ByOutcome[model.OutcomeAbandoned] })},
	{"time_saved_seconds", "Time saved (median)", model.Online, model.UnitSeconds, true, model.Context, day,
		"median of the time_saved feedback or business signals; handling times alone need a baseline and are not enough", timeSaved},
	{"error_rate", "Error rate", model.Online, model.UnitRatio, false, model.Context, day,
		"failed calls among counted model calls", errorRate},
	{"latency_p95", "Latency p95", model.Online, model.UnitSeconds, false, model.Context, day,
		"95th percentile of the duration of counted model calls", callQuantile(func(c *Calls) Hist { return c.Duration }, "no counted calls")},
	{"time_to_first_token_p95", "Time to first token p95", model.Online, model.UnitSeconds, false, model.Context, day,
		"95th percentile of the time to the first token of streamed calls", callQuantile(func(c *Calls) Hist { return c.TTFT }, "no call reported a time to first token")},

	{"cost_per_successful_task", "Cost per successful task", model.Business, model.UnitUSD, false, model.Warning, day,
		"cost of all closed tasks, failed ones included, over the successful ones; the lower bound counts unknown outcomes as successes", costPerSuccess},
	{"cost_per_task", "Cost per task", model.Business, model.UnitUSD, false, model.Context, day,
		"mean cost of a closed task, whatever its outcome", costPerTask},
	{"resolution_rate", "Resolution rate", model.Business, model.UnitRatio, true, model.Context, 7 * day,
		"resolved among targets with a resolution signal; a later reopening replaces the earlier word", resolution},
	{"policy_violation_rate", "Policy violations", model.Business, model.UnitRatio, false, model.Warning, day,
		"tasks with at least one policy violation among closed tasks", violations},
	{"activation_rate", "Activation", model.Business, model.UnitRatio, true, model.Context, 7 * day,
		"users with a successful task within seven days of their first, among users first seen one to two weeks ago", activation},
	{"retention_rate", "Retention (week 1)", model.Business, model.UnitRatio, true, model.Context, 7 * day,
		"users seen again with a task in the second week (days 7 to 13) after their first, among users first seen two to three weeks ago", retention},
}

var byName = func() map[string]Definition {
	m := make(map[string]Definition, len(Definitions))
	for _, d := range Definitions {
		m[d.Name] = d
	}
	return m
}()

// Known returns the built-in definition of that name.
func Known(name string) (Definition, bool) { d, ok := byName[name]; return d, ok }

// names taken by built-in definitions, by what is said.
var builtIn = map[SaidKey]bool{
	{Kind: model.SignalEvaluation, Name: "groundedness"}:      true,
	{Kind: model.SignalEvaluation, Name: "citation_fidelity"}: true,
	{Kind: model.SignalFeedback, Name: "acceptance"}:          true,
	{Kind: model.SignalFeedback, Name: "time_saved"}:          true,
	{Kind: model.SignalBusiness, Name: "time_saved"}:          true,
	{Kind: model.SignalBusiness, Name: "resolution"}:          true,
	{Kind: model.SignalBusiness, Name: "activation"}:          true,
	{Kind: model.SignalBusiness, Name: "retention"}:           true,
}

// For returns the metrics of a product: the built-in ones and, by name, one
// for each evaluation, feedback, business signal and suite in its facts.
func For(f *Facts) []Definition {
	out := append([]Definition(nil), Definitions...)
	more := map[string]Definition{}
	for k := range f.Said {
		k.Label = ""
		if builtIn[k] || k.Name == "" {
			continue
		}
		layer, ok := map[model.SignalKind]model.Layer{
			model.SignalEvaluation: model.Offline, model.SignalFeedback: model.Online, model.SignalBusiness: model.Business,
		}[k.Kind]
		if _, taken := byName[k.Name]; !ok || taken {
			continue
		}
		more[k.Name] = Definition{k.Name, title(k.Name), layer, model.UnitRatio, true, model.Context, day,
			"share of " + string(k.Kind) + " signals of that name that passed; the mean score where there is no verdict", said(k.Kind, k.Name)}
	}
	for k := range f.Runs {
		name := "eval_pass_rate:" + k.Suite
		more[name] = Definition{name, "Pass rate of " + k.Suite, model.Offline, model.UnitRatio, true, model.Context, 7 * day,
			"share of cases passed in the latest run of the suite", suites(k.Suite)}
	}
	for _, d := range derived(f) {
		more[d.Name] = d
	}
	for _, n := range sortedKeys(more) {
		out = append(out, more[n])
	}
	return out
}

// Canonical is a signal's name as it is counted: lower case, words joined by _.
func Canonical(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return r == ' ' || r == '-' || r == '_'
	}), "_")
}

func title(name string) string {
	s := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(s[:1]) + s[1:]
}
