package explain

import (
	"fmt"
	"math"
	"strings"

	"github.com/windage-dev/windage/model"
)

// Sentence is an incident for a tired person: what, how much, since when, what
// moved, and what came just before.
func Sentence(in model.Incident) string {
	var b strings.Builder
	name := in.Lead().Series
	if in.Product != "" {
		name = in.Product + ": " + name
	}
	fmt.Fprintf(&b, "%s %s", name, Size(in.Effect, in.EffectUnit))
	fmt.Fprintf(&b, " since %s", in.StartedAt.UTC().Format("2 Jan 15:04 UTC"))
	if !in.Open() {
		fmt.Fprintf(&b, ", over at %s", in.ClosedAt.UTC().Format("2 Jan 15:04"))
	}
	if in.Moved != "" {
		fmt.Fprintf(&b, "; %s", in.Moved)
	}
	if len(in.Causes) > 0 {
		when := before(in, in.Causes[0])
		fmt.Fprintf(&b, "; %s: %s", strings.ToLower(when[:1])+when[1:], change(in.Causes[0]))
	}
	return b.String() + "."
}

// Size is an effect with its interval as people say it.
func Size(e model.Estimate, unit string) string {
	if e.Value == nil {
		return "changed"
	}
	say := func(x float64) string {
		switch unit {
		case "relative":
			return fmt.Sprintf("%+.0f %%", 100*x)
		case "share":
			return fmt.Sprintf("%+.1f points", 100*x)
		case "sd":
			return fmt.Sprintf("%+.2f standard deviations", x)
		default:
			return fmt.Sprintf("%+.3g", x)
		}
	}
	s := "moved by " + say(*e.Value)
	if i := e.Interval; i != nil && !math.IsInf(i.Low, 0) && !math.IsInf(i.High, 0) {
		s += fmt.Sprintf(" (95 %%: %s to %s, %d rows)", say(i.Low), say(i.High), e.N)
	}
	return s
}
