// Package infra allocates the cost of machines that are paid by the hour (GPU
// nodes, reserved endpoints, vector stores) to the calls they served, so that
// a self-hosted model has a price per thousand tokens beside the bought ones.
//
// What belongs here: the allocation, exact to the last pico-USD. What does
// not: metering the machines.
package infra

import (
	"errors"
	"fmt"
	"math/big"
	"sort"
	"time"

	"github.com/windage-dev/windage/model"
)

// By is what an hour's cost is shared out by.
type By string

// The ways to share an hour out.
const (
	BusyTime By = "busy_time" // seconds of the calls' duration
	Tokens   By = "tokens"    // input and output tokens
)

// Resource is something paid by the hour.
type Resource struct {
	Name     string
	PerHour  model.Money
	By       By
	Models   []string // that it serves; calls of other models cost it nothing
	Provider string   // of those models; "" for any
	// From and To are when it ran; a zero To is open.
	From, To time.Time
}

// Validate says what is wrong with the resource.
func (r *Resource) Validate() error {
	switch {
	case r.Name == "":
		return errors.New("a resource needs a name")
	case r.PerHour < 0:
		return fmt.Errorf("resource %q: %s USD an hour is negative", r.Name, r.PerHour)
	case r.By != BusyTime && r.By != Tokens:
		return fmt.Errorf("resource %q: by %q is none of busy_time, tokens", r.Name, r.By)
	case len(r.Models) == 0:
		return fmt.Errorf("resource %q: it serves no model", r.Name)
	case !r.To.IsZero() && !r.From.Before(r.To):
		return fmt.Errorf("resource %q: it ends before it begins", r.Name)
	}
	return nil
}

// Share is what one call is charged of a resource's hours.
type Share struct {
	Call *model.Span
	USD  model.Money
}

// Allocation is a resource's cost over a span of time.
type Allocation struct {
	Resource string
	Total    model.Money // of all hours; the shares and Idle add up to it
	Shares   []Share
	// Idle is the cost of hours in which nothing was served.
	Idle model.Money
	// Busy is the share of the paid time in which at least one call ran, at
	// most 1: concurrent calls count once per hour.
	Busy float64
	// Tokens is the tokens served.
	Tokens int64
}

// PerThousandTokens is the cost of a thousand tokens, idle hours included;
// nil where none was served.
func (a *Allocation) PerThousandTokens() *big.Rat {
	if a.Tokens == 0 {
		return nil
	}
	r := new(big.Rat).SetFrac64(int64(a.Total), int64(model.USD))
	return r.Mul(r, big.NewRat(1000, a.Tokens))
}

// Allocate shares the hours in [from, until) out among the calls. Every hour
// (or part of one) is shared among the calls that began in it, in proportion
// and exactly: rounding is settled on the last of them in order of time.
func Allocate(r Resource, calls []*model.Span, from, until time.Time) (*Allocation, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if r.From.After(from) {
		from = r.From
	}
	if !r.To.IsZero() && r.To.Before(until) {
		until = r.To
	}
	a := &Allocation{Resource: r.Name}
	if !from.Before(until) {
		return a, nil
	}
	served := map[string]bool{}
	for _, m := range r.Models {
		served[m] = true
	}
	var mine []*model.Span
	for _, c := range calls {
		name := c.ResponseModel
		if name == "" {
			name = c.RequestModel
		}
		if served[name] && (r.Provider == "" || r.Provider == c.Provider) && !c.Start.Before(from) && c.Start.Before(until) {
			mine = append(mine, c)
		}
	}
	sort.SliceStable(mine, func(i, j int) bool {
		if !mine[i].Start.Equal(mine[j].Start) {
			return mine[i].Start.Before(mine[j].Start)
		}
		return string(mine[i].SpanID[:]) < string(mine[j].SpanID[:])
	})
	var busy time.Duration
	i := 0
	for at := from; at.Before(until); {
		next := at.Truncate(time.Hour).Add(time.Hour)
		if next.After(until) {
			next = until
		}
		j := i
		for j < len(mine) && mine[j].Start.Before(next) {
			j++
		}
		amount := part(r.PerHour, next.Sub(at))
		a.Total += amount
		a.share(mine[i:j], amount, r.By)
		busy += covered(mine[i:j], next)
		i, at = j, next
	}
	a.Busy = busy.Seconds() / until.Sub(from).Seconds()
	return a, nil
}

func part(perHour model.Money, d time.Duration) model.Money {
	v := new(big.Int).Mul(big.NewInt(int64(perHour)), big.NewInt(int64(d)))
	return model.Money(v.Quo(v, big.NewInt(int64(time.Hour))).Int64())
}

func weight(c *model.Span, by By) int64 {
	if by == Tokens {
		return c.InputTotal.Or(0) + c.OutputTotal.Or(0)
	}
	return max(0, int64(c.Duration))
}

func (a *Allocation) share(calls []*model.Span, amount model.Money, by By) {
	total := new(big.Int)
	for _, c := range calls {
		a.Tokens += c.InputTotal.Or(0) + c.OutputTotal.Or(0)
		total.Add(total, big.NewInt(weight(c, by)))
	}
	if total.Sign() == 0 {
		a.Idle += amount
		return
	}
	done, before := new(big.Int), model.Money(0)
	for _, c := range calls {
		done.Add(done, big.NewInt(weight(c, by)))
		v := new(big.Int).Mul(big.NewInt(int64(amount)), done)
		upTo := model.Money(v.Quo(v, total).Int64())
		a.Shares = append(a.Shares, Share{c, upTo - before})
		before = upTo
	}
}

// covered is the time in which at least one of the calls ran, until end.
func covered(calls []*model.Span, end time.Time) (d time.Duration) {
	var until time.Time
	for _, c := range calls {
		from, to := c.Start, c.End()
		if to.After(end) {
			to = end
		}
		if from.Before(until) {
			from = until
		}
		if to.After(from) {
			d += to.Sub(from)
			until = to
		}
	}
	return d
}
