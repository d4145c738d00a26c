// Package metrics makes Prometheus metrics out of the catalogue and finds the
// registry that they are served from.
package metrics

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/collector/component"

	"github.com/windage-dev/windage/internal/catalogue"
)

// Registerer is the registry of the extension that serves /metrics. Without
// such an extension it is a registry that nobody reads, so that a component
// works all the same.
func Registerer(host component.Host) prometheus.Registerer {
	if host != nil {
		for _, x := range host.GetExtensions() {
			if r, ok := x.(interface{ Registerer() prometheus.Registerer }); ok {
				return r.Registerer()
			}
		}
	}
	return prometheus.NewRegistry()
}

// Counter is a counter of the catalogue, the one already registered if there
// is one: several components may count into the same.
func Counter(r prometheus.Registerer, name string) *prometheus.CounterVec {
	m := find(name, catalogue.Counter)
	return register(r, prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.Labels))
}

// Gauge is a gauge of the catalogue.
func Gauge(r prometheus.Registerer, name string) *prometheus.GaugeVec {
	m := find(name, catalogue.Gauge)
	return register(r, prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: m.Name, Help: m.Help}, m.Labels))
}

// Histogram is a histogram of the catalogue, with native and with classic buckets.
func Histogram(r prometheus.Registerer, name string, buckets []float64) *prometheus.HistogramVec {
	m := find(name, catalogue.Histogram)
	return register(r, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: m.Name, Help: m.Help, Buckets: buckets,
		NativeHistogramBucketFactor:    1.1,
		NativeHistogramMaxBucketNumber: 160,
	}, m.Labels))
}

// Desc describes a metric of the catalogue for a collector of its own.
func Desc(name string) *prometheus.Desc {
	for _, m := range catalogue.Metrics {
		if m.Name == name {
			return prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
		}
	}
	panic(fmt.Sprintf("metric %s is not in the catalogue", name))
}

func find(name string, want catalogue.Type) catalogue.Metric {
	for _, m := range catalogue.Metrics {
		if m.Name == name && m.Type == want {
			return m
		}
	}
	panic(fmt.Sprintf("%s %s is not in the catalogue", want, name))
}

func register[C prometheus.Collector](r prometheus.Registerer, c C) C {
	err := r.Register(c)
	var twice prometheus.AlreadyRegisteredError
	if errors.As(err, &twice) {
		if same, ok := twice.ExistingCollector.(C); ok {
			return same
		}
	}
	if err != nil {
		panic(err) // two definitions of one metric: a mistake in the code
	}
	return c
}
