package page

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

var funcs = template.FuncMap{
	"value": value, "interval": interval, "number": number, "change": change, "usd": usd, "spent": spent, "percent": percent,
	"ago": ago, "span": span, "at": at, "count": grouped, "words": words, "icon": icon, "stateWord": stateWord, "kindWord": kindWord,
	"spark": spark, "histogram": histogram, "gauge": gauge, "evidence": evidence, "slug": slug,
	"args":          func(page *view, it any) map[string]any { return map[string]any{"Page": page, "It": it} },
	"low":           func(i *model.Interval95) *model.Estimate { return &model.Estimate{Value: &i.Low} },
	"high":          func(i *model.Interval95) *model.Estimate { return &model.Estimate{Value: &i.High} },
	"plural":        plural,
	"puzzleWord":    puzzleWord,
	"bytes":         size,
	"oneIn":         func(all float64, seen int64) float64 { return all / float64(seen) },
	"share":         func(part, all int64) float64 { return float64(part) / float64(all) },
	"deref":         func(f *float64) float64 { return *f },
	"layerQuestion": func(l model.Layer) string { return questions[l] },
	"performanceUnit": func(metric string) model.Unit {
		if metric == "roc_auc" { // an area, not a share of anything
			return ""
		}
		return model.UnitRatio
	},
	"seriesClass": func(s model.SeriesState) string { return seriesClass[s] },
}

var questions = map[model.Layer]string{
	model.Offline:  "Does the model behave on the eval set?",
	model.Online:   "Are users getting value?",
	model.Business: "Does it earn its cost and risk?",
}

var seriesClass = map[model.SeriesState]string{
	model.SeriesDrifting: "breached", model.SeriesSuspect: "warning", model.SeriesLearning: "unknown",
	model.SeriesNotMeasurable: "unknown", model.SeriesQuiet: "ok",
}

// icon is a sign for a state that does not lean on colour.
func icon(s any) string {
	switch fmt.Sprint(s) {
	case "ok":
		return "✓"
	case "warning":
		return "!"
	case "breached":
		return "✕"
	default:
		return "?"
	}
}

func stateWord(s model.State) string {
	switch s {
	case model.StateOK:
		return "on target"
	case model.StateWarning:
		return "warning"
	case model.StateBreached:
		return "missed"
	default:
		return "not known"
	}
}

var kinds = map[model.IncidentKind]string{
	model.IncidentDrift: "Drift", model.IncidentModelChange: "Model changed unasked", model.IncidentDataQuality: "Broken input",
	model.IncidentVolume: "Traffic", model.IncidentBreach: "Objective missed", model.IncidentDivergence: "Offline and online disagree",
	model.IncidentBudgetBurn: "Budget burns", model.IncidentCostShift: "Cost per task moved", model.IncidentRunaway: "Runaway task",
	model.IncidentCacheBreak: "Prompt cache stopped hitting", model.IncidentViolation: "Policy violation",
	model.IncidentPerformance: "Predictions got worse", model.IncidentCalibration: "Probabilities off", model.IncidentJudge: "Judge moved", model.IncidentJudgeChange: "Judge changed",
}

func kindWord(k model.IncidentKind) string {
	if w := kinds[k]; w != "" {
		return w
	}
	return words(string(k))
}

// puzzles says in words why traffic was not understood.
var puzzles = map[string]string{
	"no_dialect":          "looks like a model call, and no dialect knows it: it is not counted",
	"unknown_keys":        "attributes that no dialect knows: read without them",
	"unknown_version":     "a major version never seen before: read as the last one known",
	"call_without_use":    "calls that report no usage: their cost is unknown",
	"too_many_attributes": "more attributes than are read of one span: read without the rest",
	"impossible_count":    "token counts below zero, or that are no whole number: the cost is unknown",
}

func puzzleWord(reason string) string {
	if w := puzzles[reason]; w != "" {
		return w
	}
	return words(reason)
}

// words is a name for people: cost_per_task → cost per task.
func words(s any) string { return strings.ReplaceAll(fmt.Sprint(s), "_", " ") }

// value writes v in its unit.
func value(unit model.Unit, v *float64) string {
	if v == nil {
		return "unknown"
	}
	switch unit {
	case model.UnitRatio:
		return percent(*v)
	case model.UnitUSD:
		return usd(*v)
	case model.UnitSeconds:
		return seconds(*v)
	default:
		return number(*v)
	}
}

// interval writes both ends in the unit of the value.
func interval(unit model.Unit, i *model.Interval95) string {
	if i == nil {
		return ""
	}
	return value(unit, &i.Low) + " – " + value(unit, &i.High)
}

// change writes a difference, in percentage points for shares.
func change(unit model.Unit, e *model.Estimate) string {
	if e == nil || e.Value == nil {
		return ""
	}
	sign := "+"
	if *e.Value < 0 {
		sign = "−"
	}
	v := math.Abs(*e.Value)
	if unit == model.UnitRatio {
		return sign + number(100*v) + " points"
	}
	return sign + value(unit, &v)
}

func percent(v float64) string {
	p := 100 * v
	switch {
	case math.IsNaN(v):
		return "unknown"
	case p != 0 && math.Abs(p) < 0.1:
		return number(p) + " %"
	default:
		return strings.TrimSuffix(strconv.FormatFloat(p, 'f', 1, 64), ".0") + " %"
	}
}

// spent is what calls cost of which some have no price.
func spent(v float64, unpriced, calls int64) string {
	switch {
	case unpriced > 0 && unpriced >= calls:
		return "not known"
	case float64(unpriced) > model.UnpricedShare*float64(calls):
		return "≥ " + usd(v)
	default:
		return usd(v)
	}
}

func usd(v float64) string {
	a := math.Abs(v)
	sign := ""
	if v < 0 {
		sign = "−"
	}
	switch {
	case a == 0:
		return "$0"
	case a >= 1000:
		return sign + "$" + grouped(int64(math.Round(a)))
	case a >= 1:
		return sign + "$" + strconv.FormatFloat(a, 'f', 2, 64)
	default:
		return sign + "$" + number(a)
	}
}

func seconds(v float64) string {
	if v != 0 && math.Abs(v) < 1 {
		return number(1000*v) + " ms"
	}
	if math.Abs(v) < 120 {
		return number(v) + " s"
	}
	return span(time.Duration(v * float64(time.Second)))
}

// number writes three significant digits, and never an exponent for the
// sizes that people meet.
func number(v float64) string {
	a := math.Abs(v)
	switch {
	case math.IsNaN(v):
		return "unknown"
	case math.IsInf(v, 0):
		return "∞"
	case a >= 1000 && a < 1e15:
		sign := ""
		if v < 0 {
			sign = "−"
		}
		return sign + grouped(int64(math.Round(a)))
	case a >= 1e15 || a != 0 && a < 1e-6:
		return strconv.FormatFloat(v, 'g', 3, 64)
	default:
		s := strconv.FormatFloat(v, 'g', 3, 64)
		if strings.ContainsRune(s, 'e') {
			s = strconv.FormatFloat(v, 'f', -1, 64)
			if f, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64); err == nil {
				s = strconv.FormatFloat(f, 'f', -1, 64)
			}
		}
		return strings.Replace(s, "-", "−", 1)
	}
}

// grouped writes a whole number with thin spaces between thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	if neg {
		s = "−" + s
	}
	return s
}

// size writes bytes in binary units.
func size(n int64) string {
	f, unit := float64(n), 0
	for f >= 1024 && unit < 4 {
		f, unit = f/1024, unit+1
	}
	return number(f) + " " + []string{"B", "KiB", "MiB", "GiB", "TiB"}[unit]
}

// ago tells how long before now t was.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	switch {
	case d < -time.Second:
		return "in " + span(-d)
	case d < 2*time.Second:
		return "just now"
	default:
		return span(d) + " ago"
	}
}

// span writes a duration in its one or two largest units.
func span(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Second:
		return "0 s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		if m := d % time.Hour / time.Minute; m != 0 && d < 10*time.Hour {
			return fmt.Sprintf("%d h %d min", d/time.Hour, m)
		}
		return fmt.Sprintf("%d h", d/time.Hour)
	default:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	}
}

// at writes a moment, always in UTC.
func at(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2 Jan 15:04 UTC")
}

// slug makes an anchor of a product's name.
func slug(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, s)
}
