package livemetrics

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/windage-dev/windage/internal/metrics"
	"github.com/windage-dev/windage/model"
)

// money is a counter of exact amounts: whole sums are kept, and become
// floating point only when they are scraped.
type money struct {
	desc *prometheus.Desc

	mu   sync.Mutex
	sums map[string]*amount
}

type amount struct {
	labels []string

	mu  sync.Mutex
	sum model.Sum
}

func (a *amount) add(v model.Money) {
	if v < 0 {
		return // a counter only grows; a credit is no spend
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sum.Add(v)
}

func (a *amount) float() float64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sum.Float()
}

func newMoney(name string) *money {
	return &money{desc: metrics.Desc(name), sums: map[string]*amount{}}
}

// series is the amount with these labels.
func (m *money) series(labels []string) *amount {
	key := strings.Join(labels, "\x00")
	m.mu.Lock()
	defer m.mu.Unlock()
	a := m.sums[key]
	if a == nil {
		a = &amount{labels: labels}
		m.sums[key] = a
	}
	return a
}

// Describe implements prometheus.Collector.
func (m *money) Describe(ch chan<- *prometheus.Desc) { ch <- m.desc }

// Collect implements prometheus.Collector.
func (m *money) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.sums {
		ch <- prometheus.MustNewConstMetric(m.desc, prometheus.CounterValue, a.float(), a.labels...)
	}
}
