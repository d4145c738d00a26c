// Package infra allocates the cost of machines that are paid by the hour (GPU
// nodes, reserved endpoints, vector stores) to the calls they served, so that
// a self-hosted model has a price per thousand tokens beside the bought ones.
//
// What belongs here: the allocation, exact to the last pico-USD. What does
// not: metering the machines.
package infra

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sort"
	"time"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/spec"
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
	// DataSources are those of retrievals that it serves: a vector store.
	DataSources []string
	// From and To are when it ran; a zero To is open.
	From, To time.Time
}

// FromSpec is a resource of windage.yaml.
func FromSpec(i spec.Infra) Resource {
	return Resource{
		Name: i.Name, PerHour: i.PerHour, By: By(i.By), Models: i.Models, Provider: i.Provider, DataSources: i.DataSources, From: i.From, To: i.To,
	}
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
	case len(r.Models) == 0 && len(r.DataSources) == 0:
		return fmt.Errorf("resource %q: it serves no model and no data source", r.Name)
	case !r.To.IsZero() && !r.From.Before(r.To):
		return fmt.Errorf("resource %q: it ends before it begins", r.Name)
	}
	return nil
}

// Usage is what a resource may have served in one minute, added up.
type Usage struct {
	Minute     time.Time
	Product    string
	Provider   string
	Model      string
	DataSource string
	Calls      int64
	Busy       time.Duration // of all calls together
	Tokens     int64         // input and output; 0 for retrievals
}

// Share is what one call, or one minute's usage, is charged of a resource's
// hours.
type Share struct {
	Call  *model.Span // of Allocate
	Usage *Usage      // of AllocateUsage
	USD   model.Money
}

// Allocation is a resource's cost over a span of time.
type Allocation struct {
	Resource string
	Total    model.Money // of all hours; the shares and Idle add up to it
	Shares   []Share
	// Idle is the cost of hours in which nothing was served.
	Idle model.Money
	// Busy is the share of the paid minutes in which at least one call began,
	// at most 1.
	Busy float64
	// Tokens is the tokens served.
	Tokens int64
	Calls  int64
}

// Part is what one product's use of one model or data source is charged.
type Part struct {
	Product, Served string
	USD             model.Money
	Calls, Tokens   int64
}

// Parts are the shares by product and what was served, the dearest first; with
// Idle they add up to Total.
func (a *Allocation) Parts() []Part {
	type key struct{ product, served string }
	sums := map[key]Part{}
	for _, s := range a.Shares {
		p := Part{USD: s.USD, Calls: 1}
		if u := s.Usage; u != nil {
			p.Product, p.Served, p.Calls, p.Tokens = u.Product, u.Model+u.DataSource, u.Calls, u.Tokens
		} else {
			p.Product, p.Served, p.Tokens = s.Call.Product, s.Call.Model(), s.Call.InputTotal.Or(0)+s.Call.OutputTotal.Or(0)
		}
		k := key{p.Product, p.Served}
		have := sums[k]
		p.USD, p.Calls, p.Tokens = p.USD+have.USD, p.Calls+have.Calls, p.Tokens+have.Tokens
		sums[k] = p
	}
	out := make([]Part, 0, len(sums))
	for _, p := range sums {
		out = append(out, p)
	}
	sort.Slice(out, func(i, j int) bool {
		x, y := out[i], out[j]
		return cmp.Or(cmp.Compare(y.USD, x.USD), cmp.Compare(x.Product, y.Product), cmp.Compare(x.Served, y.Served)) < 0
	})
	return out
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

// item is a call or a minute's usage.
type item struct {
	at     time.Time
	busy   time.Duration
	tokens int64
	calls  int64
	of     Share
}

// Allocate shares the hours in [from, until) out among the calls. Every hour
// (or part of one) is shared among the calls that began in it, in proportion
// and exactly: rounding is settled on the last of them in order of time.
func Allocate(r Resource, calls []*model.Span, from, until time.Time) (*Allocation, error) {
	var mine []item
	for _, c := range calls {
		name := c.ResponseModel
		if name == "" {
			name = c.RequestModel
		}
		if r.serves(c.Provider, name, c.DataSource) {
			mine = append(mine, item{c.Start, c.Duration, c.InputTotal.Or(0) + c.OutputTotal.Or(0), 1, Share{Call: c}})
		}
	}
	slices.SortStableFunc(mine, func(a, b item) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(string(a.of.Call.SpanID[:]), string(b.of.Call.SpanID[:])))
	})
	return r.allocate(mine, from, until)
}

// AllocateUsage does the same for usage that is added up by minute.
func AllocateUsage(r Resource, usage []Usage, from, until time.Time) (*Allocation, error) {
	var mine []item
	for i := range usage {
		u := &usage[i]
		if r.serves(u.Provider, u.Model, u.DataSource) {
			mine = append(mine, item{u.Minute, u.Busy, u.Tokens, u.Calls, Share{Usage: u}})
		}
	}
	slices.SortStableFunc(mine, func(a, b item) int {
		x, y := a.of.Usage, b.of.Usage
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(x.Product, y.Product), cmp.Compare(x.Provider, y.Provider), cmp.Compare(x.Model, y.Model), cmp.Compare(x.DataSource, y.DataSource))
	})
	return r.allocate(mine, from, until)
}

func (r *Resource) serves(provider, name, source string) bool {
	if source != "" && slices.Contains(r.DataSources, source) {
		return true
	}
	return name != "" && slices.Contains(r.Models, name) && (r.Provider == "" || r.Provider == provider)
}

func (r *Resource) allocate(all []item, from, until time.Time) (*Allocation, error) {
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
	var mine []item
	for _, c := range all {
		if !c.at.Before(from) && c.at.Before(until) {
			mine = append(mine, c)
		}
	}
	i := 0
	for at := from; at.Before(until); {
		next := at.Truncate(time.Hour).Add(time.Hour)
		if next.After(until) {
			next = until
		}
		j := i
		for j < len(mine) && mine[j].at.Before(next) {
			j++
		}
		// What is cut off one part of an hour is carried into the next.
		total := part(r.PerHour, next.Sub(from))
		amount := total - a.Total
		a.Total = total
		a.share(mine[i:j], amount, r.By)
		i, at = j, next
	}
	a.Busy = min(1, busy(mine).Seconds()/until.Sub(from).Seconds())
	return a, nil
}

func part(perHour model.Money, d time.Duration) model.Money {
	v := new(big.Int).Mul(big.NewInt(int64(perHour)), big.NewInt(int64(d)))
	return model.Money(v.Quo(v, big.NewInt(int64(time.Hour))).Int64())
}

func (c *item) weight(by By) int64 {
	if by == Tokens {
		return c.tokens
	}
	return max(0, int64(c.busy))
}

func (a *Allocation) share(items []item, amount model.Money, by By) {
	total := new(big.Int)
	for i := range items {
		a.Tokens += items[i].tokens
		a.Calls += items[i].calls
		total.Add(total, big.NewInt(items[i].weight(by)))
	}
	if total.Sign() == 0 {
		a.Idle += amount
		return
	}
	done, before := new(big.Int), model.Money(0)
	for i := range items {
		done.Add(done, big.NewInt(items[i].weight(by)))
		v := new(big.Int).Mul(big.NewInt(int64(amount)), done)
		upTo := model.Money(v.Quo(v, total).Int64())
		s := items[i].of
		s.USD = upTo - before
		a.Shares = append(a.Shares, s)
		before = upTo
	}
}

// busy is the time of the minutes in which at least one call began.
func busy(items []item) (d time.Duration) {
	var last time.Time
	for _, c := range items {
		if at := c.at.Truncate(time.Minute); !at.Equal(last) {
			d += time.Minute
			last = at
		}
	}
	return d
}
