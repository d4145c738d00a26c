package compare

import (
	"fmt"
	"math"
	"sort"
	"strings"

	"github.com/windage-dev/windage/quality/interval"
)

// missing judges the change of the share of missing values; values that do not
// fit the column count as missing. A row is worth so many independent ones.
func (r *Result) missing(set Settings, refWorth, curWorth float64) {
	words := "missing values"
	if ref, cur := r.Reference, r.Current; ref.Misfits+cur.Misfits > 0 {
		words = "values that are missing or of another type"
		if ref.Missing+cur.Missing == 0 {
			words = "values of another type"
		}
	}
	r.unusable("missing", "missing values", words, r.Reference.Missing+r.Reference.Misfits, r.Current.Missing+r.Current.Misfits, set, refWorth, curWorth)
}

// nonFinite judges the change of the share of infinite values, where there are
// any, as that of missing ones.
func (r *Result) nonFinite(set Settings, refWorth, curWorth float64) {
	if a, b := r.Reference.NonFinite, r.Current.NonFinite; a+b > 0 {
		r.unusable("non_finite", "infinite values", "infinite values", a, b, set, refWorth, curWorth)
	}
}

// unusable judges the change of the share of rows that a comparison leaves out.
func (r *Result) unusable(name, what, words string, refRows, curRows int, set Settings, refWorth, curWorth float64) {
	n, m := r.Reference.Rows, r.Current.Rows
	if n == 0 || m == 0 {
		return
	}
	a, b := float64(refRows), float64(curRows)
	s := Statistic{Name: name, Unit: "change of the share of " + what, Value: b/float64(m) - a/float64(n), N: n, M: m}.
		with(interval.Newcombe(b*curWorth, float64(m)*curWorth, a*refWorth, float64(n)*refWorth, set.Level))
	low := max(*s.Low, -*s.High)
	s = s.judge(low, set.Missing)
	if s.Verdict == Drift {
		r.decisive = append(r.decisive, fmt.Sprintf("%s went from %s to %s", words, percent(a/float64(n)), percent(b/float64(m))))
	}
	r.Statistics = append(r.Statistics, s)
}

// notEnough says why two sides cannot be compared at all.
func notEnough(ref, cur Side, n, m int) string {
	for _, s := range []struct {
		name string
		side Side
		n    int
	}{{"reference", ref, n}, {"current", cur, m}} {
		switch {
		case s.side.Rows == 0:
			return fmt.Sprintf("the %s side has no rows", s.name)
		case s.n == 0 && s.side.NonFinite > 0:
			return fmt.Sprintf("no value of the %s side is a finite number", s.name)
		case s.n == 0:
			return fmt.Sprintf("every value of the %s side is missing", s.name)
		case s.n < 10:
			return fmt.Sprintf("the %s side has only %d values; at least 10 are needed", s.name, s.n)
		}
	}
	return ""
}

// unmeasured ends a comparison without numbers, unless a change of missing
// values already says drift.
func (r Result) unmeasured(reason string) Result {
	if len(r.decisive) > 0 {
		r.Verdict, r.Reason = Drift, strings.Join(r.decisive, "; ")+" ("+reason+")"
		return r
	}
	r.Verdict, r.Reason = NotMeasurable, reason
	return r
}

// Finish gives every column its verdict: drift where an effect is beyond its
// tolerance, a small change where the omnibus test is certain after Holm's
// correction over all columns, else stable. The order is kept.
func Finish(results []Result, set Settings) {
	var all []*Result
	var collect func(rs []Result)
	collect = func(rs []Result) {
		for i := range rs {
			collect(rs[i].Parts)
			if rs[i].Verdict == "" && len(rs[i].Parts) == 0 {
				all = append(all, &rs[i])
			}
		}
	}
	collect(results)
	var tested []*Result
	for _, r := range all {
		if !math.IsNaN(r.P) {
			tested = append(tested, r)
		}
	}
	sort.SliceStable(tested, func(i, j int) bool { return tested[i].P < tested[j].P })
	certain := map[*Result]bool{}
	for i, r := range tested {
		if r.P*float64(len(tested)-i) >= 1-set.Level {
			break
		}
		certain[r] = true
	}
	for _, r := range all {
		switch {
		case len(r.decisive) > 0:
			r.Verdict, r.Reason = Drift, strings.Join(r.decisive, "; ")
		case certain[r]:
			r.Verdict, r.Reason = Small, "a difference is certain but within the tolerance"
		default:
			r.Verdict, r.Reason = Stable, "no difference beyond what chance gives"
		}
		r.Reason += r.leftOut()
	}
	for i := range results {
		results[i].fromParts()
	}
}

// leftOut says of a column whose numbers were compared which values were not.
func (r *Result) leftOut() (s string) {
	for _, side := range []struct {
		name string
		Side
	}{{"reference", r.Reference}, {"current", r.Current}} {
		if side.Bad != "" {
			s += fmt.Sprintf("; %s: %s", side.name, side.Bad)
		}
		if side.NonFinite > 0 {
			s += fmt.Sprintf("; %s: %d of %d values infinite (%s)", side.name, side.NonFinite, side.Rows-side.Missing, percent(float64(side.NonFinite)/float64(side.Rows-side.Missing)))
		}
	}
	return s
}

// fromParts gives a column with parts the worst verdict of them.
func (r *Result) fromParts() {
	if len(r.Parts) == 0 {
		return
	}
	order := []Verdict{Drift, Small, Stable, NotMeasurable}
	r.P = math.NaN()
	for _, v := range order {
		var reasons []string
		for _, p := range r.Parts {
			if p.Verdict == v {
				reasons = append(reasons, p.Column+": "+p.Reason)
			}
		}
		if len(reasons) > 0 {
			r.Verdict = v
			if v == Stable {
				reasons = []string{"no part differs beyond what chance gives"}
			}
			r.Reason = strings.Join(reasons, "; ")
			return
		}
	}
}
