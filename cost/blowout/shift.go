package blowout

import (
	"fmt"
	"math"
	"time"

	"github.com/windage-dev/windage/model"
)

// TaskSample is what a set of closed tasks of one type cost: counts and sums
// in USD, so that samples add up.
type TaskSample struct {
	Tasks, Successes int64
	Sum, SumSquares  float64 // of cost over all tasks
	SumOfSuccesses   float64 // of cost over the successful ones
}

// PerSuccess is the cost per successful task and the standard error of its
// logarithm (delta method); ok is false without two tasks and one success.
func (s TaskSample) PerSuccess() (value, seLog float64, ok bool) {
	if s.Successes == 0 || s.Tasks < 2 || s.Sum <= 0 {
		return 0, 0, false
	}
	n, g := float64(s.Tasks), float64(s.Successes)
	r := s.Sum / g
	ss := s.SumSquares - 2*r*s.SumOfSuccesses + r*r*g // Σ(c − r·success)²
	return r, math.Sqrt(math.Max(ss, 0)*n/(n-1)) / g / r, true
}

// minShiftTasks is the least sample on either side.
const minShiftTasks = 30

// CostPerTask tells whether a successful task became dearer: at least a
// quarter, and beyond chance (z > 4 on the logarithm of the ratio). It pages
// from twice the cost on.
func CostPerTask(product, taskType string, before, now TaskSample, at time.Time) (Finding, bool) {
	a, sa, ok1 := before.PerSuccess()
	b, sb, ok2 := now.PerSuccess()
	if !ok1 || !ok2 || before.Tasks < minShiftTasks || now.Tasks < minShiftTasks {
		return Finding{}, false
	}
	lr, se := math.Log(b/a), math.Hypot(sa, sb)
	if lr < math.Log(1.25) || lr < 4*se {
		return Finding{}, false
	}
	sev := model.Ticket
	if lr >= math.Log(2) {
		sev = model.Page
	}
	low, high := math.Exp(lr-1.959963984540054*se), math.Exp(lr+1.959963984540054*se)
	why := "the tasks themselves became dearer"
	if sr := rate(now) / rate(before); sr < 0.9 {
		why = fmt.Sprintf("the success rate fell from %.0f %% to %.0f %%", 100*rate(before), 100*rate(now))
		if per := now.Sum / float64(now.Tasks) / (before.Sum / float64(before.Tasks)); per > 1.1 {
			why += fmt.Sprintf(" and a task costs %.2f times as much", per)
		}
	}
	return Finding{
		Kind: model.IncidentCostShift, Product: product, Series: "cost per successful task " + taskType, Severity: sev, At: at,
		Effect: estimate(b/a, low, high, now.Tasks),
		Evidence: fmt.Sprintf("A successful task of %s%s costs %.4f USD, %.2f times the %.4f of before (95 %% interval %.2f to %.2f, %d tasks against %d): %s.",
			product, ofType(taskType), b, b/a, a, low, high, now.Tasks, before.Tasks, why),
	}, true
}

func rate(s TaskSample) float64 { return float64(s.Successes) / float64(s.Tasks) }

func ofType(t string) string {
	if t == "" {
		return ""
	}
	return " (" + t + ")"
}
