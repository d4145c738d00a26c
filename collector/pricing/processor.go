package pricing

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.uber.org/zap"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/cost"
	"github.com/windage-dev/windage/cost/rollup"
	"github.com/windage-dev/windage/internal/metrics"
	"github.com/windage-dev/windage/internal/specfile"
	"github.com/windage-dev/windage/model"
)

// pricer prices with the book in force and keeps the book fresh.
type pricer struct {
	cfg  Config
	log  *zap.Logger
	book *cost.Live

	stop   context.CancelFunc
	wg     sync.WaitGroup
	unlist func()
}

// Start reads the price files; a file that cannot be used keeps the collector
// from starting.
func (p *pricer) Start(_ context.Context, host component.Host) error {
	spec, err := specfile.Load(p.cfg.Spec)
	if err != nil {
		return err
	}
	// cost takes the highest precedence first; windage.yaml lists it last.
	fromSpec := slices.Clone(spec.Prices.Files)
	slices.Reverse(fromSpec)
	if p.book, err = cost.NewLive(append(slices.Clone(p.cfg.Files), fromSpec...)...); err != nil {
		return err
	}
	registry := metrics.Registerer(host)
	table := &table{book: p.book}
	if err := registry.Register(table); err != nil {
		return err
	}
	p.unlist = func() { registry.Unregister(table) }

	ctx, cancel := context.WithCancel(context.Background())
	p.stop = cancel
	if p.cfg.ReloadInterval > 0 {
		p.wg.Add(1)
		go p.reload(ctx)
	}
	return nil
}

// Shutdown ends the reloading.
func (p *pricer) Shutdown(context.Context) error {
	if p.stop != nil {
		p.stop()
		p.wg.Wait()
		p.unlist()
	}
	return nil
}

func (p *pricer) reload(ctx context.Context) {
	defer p.wg.Done()
	tick := time.NewTicker(p.cfg.ReloadInterval)
	defer tick.Stop()
	last := ""
	// A mistake in a file is its author's to read, and no fault of the program:
	// a stack trace would only hide it.
	log := p.log.WithOptions(zap.AddStacktrace(zap.FatalLevel))
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := p.book.Reload()
		switch {
		case err != nil && err.Error() != last: // said once, not every minute
			last = err.Error()
			log.Error("Reloading the price table failed", zap.Error(err))
		case err == nil && changed:
			last = ""
			log.Info("Price table reloaded", zap.Strings("files", p.book.Paths()))
		}
	}
}

func (p *pricer) traces(_ context.Context, td ptrace.Traces) (ptrace.Traces, error) {
	var row model.Span
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				if canonical.MayCount(span.Attributes()) {
					canonical.DecodeInto(&row, rs.Resource(), ss.Scope(), span)
					p.price(&row, span.Attributes())
				}
			}
		}
	}
	return td, nil
}

func (p *pricer) logs(_ context.Context, ld plog.Logs) (plog.Logs, error) {
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				if !canonical.MayCount(lr.Attributes()) {
					continue
				}
				if row, ok := canonical.DecodeRow(rl.Resource(), sl.Scope(), lr); ok {
					p.price(row, lr.Attributes())
				}
			}
		}
	}
	return ld, nil
}

// metrics writes the list price of the tokens that metrics count.
func (p *pricer) metrics(_ context.Context, md pmetric.Metrics) (pmetric.Metrics, error) {
	canonical.EachPoint(md, func(pt model.UsagePoint, to pcommon.Map) {
		if pt.Counts == model.CountsTokens && pt.Total != "" && !pt.Priced && pt.PriceReason == "" {
			p.book.Rate(&pt)
			canonical.EncodeRate(&pt, to)
		}
	})
	return md, nil
}

// price writes the cost of a row, unless another Windage before this one did.
func (p *pricer) price(row *model.Span, to pcommon.Map) {
	if row.Cost != nil || !row.MayCount() {
		return
	}
	book := p.book.Book()
	c := book.Price(row)
	rollup.Compare(book, row, &c)
	canonical.EncodeCost(&c, to)
}

// table exports which prices are in force, and how old they are.
type table struct{ book *cost.Live }

var (
	descTable     = metrics.Desc("windage_price_table_info")
	descTableTime = metrics.Desc("windage_price_table_timestamp_seconds")
	descFailures  = metrics.Desc("windage_price_table_reload_failures_total")
)

// Describe implements prometheus.Collector.
func (t *table) Describe(ch chan<- *prometheus.Desc) {
	ch <- descTable
	ch <- descTableTime
	ch <- descFailures
}

// Collect implements prometheus.Collector.
func (t *table) Collect(ch chan<- prometheus.Metric) {
	for _, f := range t.book.Book().Files() {
		ch <- prometheus.MustNewConstMetric(descTable, prometheus.GaugeValue, 1, f.Name, f.SHA256(), f.Checked().Format(time.DateOnly))
		if at := f.Checked(); !at.IsZero() {
			ch <- prometheus.MustNewConstMetric(descTableTime, prometheus.GaugeValue, float64(at.Unix()), f.Name)
		}
	}
	ch <- prometheus.MustNewConstMetric(descFailures, prometheus.CounterValue, float64(t.book.Failures()), "all")
}
