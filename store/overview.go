package store

import (
	"context"
	"math"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/model"
)

// SpendStep is the grid of Spend.
const SpendStep = 5 * time.Minute

// Spend is what a product spent in one step of SpendStep.
type Spend struct {
	Product  string
	Start    time.Time
	USD      model.Money // of all traffic, sampled calls weighted up
	Unpriced int64
	Calls    int64
	// Seen is what the calls that were seen cost: USD where none was sampled.
	Seen     model.Money
	Variance float64 // of USD, in USD², that sampling leaves
	Sampled  int64   // calls that stand for others
}

// Part is the part of a product's spend that is one team's or tenant's.
type Part struct{ Product, Dimension, Value string }

// SpendOf reads the spend of the given hours that is of one of the parts.
func (s *Store) SpendOf(ctx context.Context, parts []Part, hours []time.Time) (map[Part][]Spend, error) {
	hours = distinct(hours, time.Hour)
	if len(hours) == 0 || len(parts) == 0 {
		return nil, nil
	}
	names := make([]string, len(parts))
	for i, p := range parts {
		names[i] = p.Product + "\x1f" + p.Dimension + "\x1f" + p.Value
	}
	out := map[Part][]Spend{}
	err := s.read(ctx, "spend_of.sql", func(r driver.Rows) error {
		var p Part
		x, err := scanSpend(r, &p.Product, &p.Dimension, &p.Value)
		x.Product = p.Product
		out[p] = append(out[p], x)
		return err
	}, named("hours", unix(hours)), named("from", hours[0].UnixMilli()), named("parts", names))
	return out, err
}

// Spend reads the spend of the given hours.
func (s *Store) Spend(ctx context.Context, hours []time.Time) (out []Spend, err error) {
	hours = distinct(hours, time.Hour)
	if len(hours) == 0 {
		return nil, nil
	}
	err = s.read(ctx, "spend.sql", func(r driver.Rows) error {
		var product string
		x, err := scanSpend(r, &product)
		x.Product = product
		out = append(out, x)
		return err
	}, named("hours", unix(hours)), named("from", hours[0].UnixMilli()))
	return out, err
}

// scanSpend reads a step of spend, after what says whose it is.
func scanSpend(r driver.Rows, whose ...any) (x Spend, err error) {
	var usd, seen string
	var unpriced, sampled uint64
	if err := r.Scan(append(whose, &x.Start, &usd, &unpriced, &x.Calls, &seen, &x.Variance, &sampled)...); err != nil {
		return x, err
	}
	x.Start, x.Unpriced, x.Sampled = x.Start.UTC(), int64(unpriced), int64(sampled)
	if x.USD, err = model.ParseMoney(usd); err != nil {
		return x, err
	}
	x.Seen, err = model.ParseMoney(seen)
	return x, err
}

// Costs adds up what each product's calls in [from, until) cost, by model.
func (s *Store) Costs(ctx context.Context, from, until time.Time) (map[string]*model.CostTotals, error) {
	out := map[string]*model.CostTotals{}
	args := []any{named("from", from.UnixMilli()), named("until", until.UnixMilli())}
	of := func(product string) *model.CostTotals {
		if out[product] == nil {
			out[product] = &model.CostTotals{Window: until.Sub(from)}
		}
		return out[product]
	}
	all := map[string]weighed{}
	if err := s.read(ctx, "models.sql", func(r driver.Rows) error {
		var product string
		var row model.CostRow
		var calls, unpriced, partial, suppressed uint64
		var tokens int64
		var sampled uint64
		var w weighed
		if err := r.Scan(&product, &row.Provider, &row.Model, &calls, &unpriced, &partial, &suppressed, &row.USD, &tokens,
			&sampled, &w.calls, &w.usd, &w.usd2, &w.tokens, &w.tokens2); err != nil {
			return err
		}
		w.sampled, w.seen = int64(sampled), tokens
		row.EstimatedUSD = w.usd
		all[product] = all[product].add(w)
		row.Calls, row.Unpriced = int64(calls), int64(unpriced)
		t := of(product)
		t.USD += row.USD
		t.Calls += row.Calls
		t.UnpricedCalls += int64(unpriced)
		t.PartialCalls += int64(partial)
		t.Suppressed += int64(suppressed)
		if calls > 0 {
			t.ByModel = append(t.ByModel, row)
		}
		return nil
	}, args...); err != nil {
		return nil, err
	}
	anyUnpriced := false
	for product, t := range out {
		t.Sample = all[product].sample(t.USD)
		if t.Calls > 0 {
			share := float64(t.UnpricedCalls) / float64(t.Calls)
			t.UnpricedShare = &share
		}
		anyUnpriced = anyUnpriced || t.UnpricedCalls > 0
	}
	if !anyUnpriced {
		return out, nil
	}
	return out, s.read(ctx, "unpriced.sql", func(r driver.Rows) error {
		var product string
		var row model.UnpricedRow
		var calls uint64
		if err := r.Scan(&product, &row.Provider, &row.Model, &row.Reason, &calls, &row.Tokens); err != nil {
			return err
		}
		row.Calls = int64(calls)
		of(product).Unpriced = append(of(product).Unpriced, row)
		return nil
	}, args...)
}

// weighed are sums over calls of which each stands for others.
type weighed struct {
	sampled, seen    int64 // calls, tokens seen
	calls, usd, usd2 float64
	tokens, tokens2  float64
}

func (w weighed) add(o weighed) weighed {
	return weighed{w.sampled + o.sampled, w.seen + o.seen, w.calls + o.calls, w.usd + o.usd, w.usd2 + o.usd2, w.tokens + o.tokens, w.tokens2 + o.tokens2}
}

// sample is what they say of all traffic; nil where all of it was seen.
func (w weighed) sample(seen float64) *model.Sample {
	if w.sampled == 0 {
		return nil
	}
	around := func(v, least, variance float64) model.Interval95 {
		half := 1.959963984540054 * math.Sqrt(variance)
		return model.Interval95{Low: math.Max(least, v-half), High: v + half}
	}
	s := &model.Sample{
		SampledCalls: w.sampled, Calls: w.calls, USD: w.usd, Interval: around(w.usd, seen, w.usd2), USDRatio: 1,
		Tokens: w.tokens, SeenTokens: w.seen, TokensOf: around(w.tokens, float64(w.seen), w.tokens2),
	}
	if seen > 0 {
		s.USDRatio = w.usd / seen
	}
	return s
}

// Seen says which services a product is made of and when it was last heard of.
type Seen struct {
	Services []string
	Last     time.Time
}

// Products are the products with rows since from.
func (s *Store) Products(ctx context.Context, from time.Time) (map[string]Seen, error) {
	out := map[string]Seen{}
	err := s.read(ctx, "services.sql", func(r driver.Rows) error {
		var product string
		var x Seen
		if err := r.Scan(&product, &x.Services, &x.Last); err != nil {
			return err
		}
		x.Last = x.Last.UTC()
		out[product] = x
		return nil
	}, named("from", from.UnixMilli()))
	return out, err
}

// CostliestTasks are the ids of a trace each of the three costliest tasks of a
// product that began in [from, until).
func (s *Store) CostliestTasks(ctx context.Context, product string, from, until time.Time) (out []string, err error) {
	err = s.read(ctx, "costliest_tasks.sql", func(r driver.Rows) error {
		var id string
		err := r.Scan(&id)
		out = append(out, id)
		return err
	}, named("product", product), named("from", from.UnixMilli()), named("until", until.UnixMilli()))
	return out, err
}

// Changes reads the change log since from, oldest first.
func (s *Store) Changes(ctx context.Context, from time.Time) (out []model.Change, err error) {
	err = s.read(ctx, "changes.sql", func(r driver.Rows) error {
		var c model.Change
		var source, reason string
		if err := r.Scan(&c.At, &c.Product, &c.Name, &c.From, &c.To, &source, &reason); err != nil {
			return err
		}
		c.At, c.Kind = c.At.UTC(), c.Name
		if source == "said" && reason != "" {
			c.Kind = reason
		}
		out = append(out, c)
		return nil
	}, named("from", from.UnixMilli()))
	return out, err
}
