package spec

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

var durationPart = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)`)

// ParseDuration reads a length of time such as 90s, 30m, 24h, 28d, 2w or
// 1d12h. A day is 24 hours. Zero and negative lengths are refused.
func ParseDuration(s string) (time.Duration, error) {
	unit := map[string]time.Duration{"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": day, "w": week}
	total := 0.0
	rest := strings.TrimSpace(s)
	for rest != "" {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("%q is not a length of time: write a number with ms, s, m, h, d or w, as in 30m or 28d", s)
		}
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return 0, fmt.Errorf("%q is not a length of time: %w", s, err)
		}
		total += n * float64(unit[m[2]])
		rest = rest[len(m[0]):]
	}
	if total <= 0 || total > float64(100*365*day) {
		return 0, fmt.Errorf("%q is not a length of time between 1ms and 100 years", s)
	}
	return time.Duration(total), nil
}

func (d *decoder) duration(v value) time.Duration {
	s := d.text(v)
	if s == "" {
		return 0
	}
	t, err := ParseDuration(s)
	if err != nil {
		d.say(v, "%s", err)
	}
	return t
}

var objectiveForm = regexp.MustCompile(`^(>=|<=|>|<|≥|≤)\s*(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(%|usd|USD|ms|s|m|h)?$`)

// ParseObjective reads a bound such as ">= 0.92", ">= 92%", "<= 0.12 usd" or
// "<= 800ms". Percentages become ratios and times become seconds.
func ParseObjective(s string) (Objective, error) {
	m := objectiveForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return Objective{}, fmt.Errorf(`%q is not an objective: write a comparison and a number, as in ">= 0.92", "<= 0.12 usd" or "<= 800ms"`, s)
	}
	f, err := strconv.ParseFloat(m[2], 64)
	if err != nil || math.IsInf(f, 0) {
		return Objective{}, fmt.Errorf("%q is not an objective: %q is not a number", s, m[2])
	}
	o := Objective{Op: strings.NewReplacer("≥", ">=", "≤", "<=").Replace(m[1])}
	o.Value, o.Unit = inUnit(f, m[3])
	return o, nil
}

// inUnit is an amount written with a unit in the base unit of its kind:
// per cent as a ratio, times in seconds; unit "" for a bare number.
func inUnit(f float64, unit string) (float64, string) {
	switch unit {
	case "%":
		return f / 100, "ratio"
	case "usd", "USD":
		return f, "usd"
	case "ms":
		return f / 1000, "seconds"
	case "s":
		return f, "seconds"
	case "m":
		return f * 60, "seconds"
	case "h":
		return f * 3600, "seconds"
	}
	return f, ""
}

var marginForm = regexp.MustCompile(`^([0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(%|usd|USD|ms|s|m|h|% of baseline)?$`)

// ParseMargin reads how much worse is still as good: "0.02", "2%" (the same:
// two points of a share), "0.01 usd", "200ms", or "5% of baseline".
func ParseMargin(s string) (Margin, error) {
	m := marginForm.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return Margin{}, fmt.Errorf(`%q is not a margin: write an amount of 0 or more, as in "2%%", "0.01 usd", "200ms" or "5%% of baseline"`, s)
	}
	f, err := strconv.ParseFloat(m[1], 64)
	if err != nil || math.IsInf(f, 0) {
		return Margin{}, fmt.Errorf("%q is not a margin: %q is not a number", s, m[1])
	}
	if m[2] == "% of baseline" {
		return Margin{Value: f / 100, Relative: true}, nil
	}
	var out Margin
	out.Value, out.Unit = inUnit(f, m[2])
	return out, nil
}

// margin reads a margin and holds it to the unit of a metric that Known knows.
func (d *decoder) margin(v value, metric string) *Margin {
	s := d.text(v)
	if s == "" {
		return nil
	}
	m, err := ParseMargin(s)
	if err != nil {
		d.say(v, "%s", err)
		return nil
	}
	if unit := d.known.Units[metric]; unit != "" && m.Unit != "" && m.Unit != unit {
		d.say(v, "%q has the wrong unit: %s is measured in %s", s, metric, unit)
		return nil
	}
	return &m
}

// objective reads a bound and holds it to the unit of a metric that Known knows.
func (d *decoder) objective(v value, metric string) *Objective {
	s := d.text(v)
	if s == "" {
		return nil
	}
	o, err := ParseObjective(s)
	if err != nil {
		d.say(v, "%s", err)
		return nil
	}
	unit := d.known.Units[metric]
	switch {
	case unit != "" && o.Unit != "" && o.Unit != unit:
		d.say(v, "%q has the wrong unit: %s is measured in %s", s, metric, unit)
		return nil
	case unit == "ratio" && (o.Value < 0 || o.Value > 1):
		d.say(v, "%q is out of range: %s is a share from 0 to 1 (92 per cent is 0.92 or 92%%)", s, metric)
		return nil
	}
	return &o
}

// baselinePin reads "2026-10-01/28d" (from that day, 28 days long) or
// "2026-10-01/2026-10-29" (from the first day up to the start of the second).
// Days begin at midnight UTC.
func baselinePin(s string) (Baseline, error) {
	from, to, ok := strings.Cut(s, "/")
	if !ok {
		return Baseline{}, errors.New("want start/length or start/end, as in 2026-10-01/28d")
	}
	start, err := parseDay(from)
	if err != nil {
		return Baseline{}, err
	}
	if length, err := ParseDuration(to); err == nil {
		return Baseline{Pin: start.Add(length), Length: length}, nil
	}
	end, err := parseDay(to)
	if err != nil {
		return Baseline{}, fmt.Errorf("%q is neither a day nor a length of time: want start/length or start/end, as in 2026-10-01/28d", to)
	}
	if !end.After(start) {
		return Baseline{}, fmt.Errorf("ends on %s, not after it starts", to)
	}
	return Baseline{Pin: end, Length: end.Sub(start)}, nil
}

func parseDay(s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a day: write it as in 2026-10-01", s)
}

// usd reads an exact positive amount.
func (d *decoder) usd(v value) model.Money {
	s := d.text(v)
	if s == "" {
		return 0
	}
	m, err := model.ParseMoney(strings.ReplaceAll(strings.TrimSpace(s), "_", ""))
	if err != nil || m <= 0 {
		d.say(v, "%q is not an amount in USD: write a positive number without a currency sign, as in 5000 or 0.25", s)
		return 0
	}
	return m
}

// day reads a day, whose start in UTC is meant, or an instant.
func (d *decoder) day(v value) time.Time {
	s := d.text(v)
	if s == "" {
		return time.Time{}
	}
	t, err := parseDay(s)
	if err != nil {
		d.say(v, "%s", err)
	}
	return t
}
