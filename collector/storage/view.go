package storage

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/windage-dev/windage/internal/metrics"
)

// view exports how the store and the engine are, at the time of the scrape.
type view struct{ s *Storage }

var (
	descUp       = metrics.Desc("windage_store_up")
	descEngineUp = metrics.Desc("windage_engine_up")
	descRestarts = metrics.Desc("windage_engine_restarts_total")
	descDamages  = metrics.Desc("windage_engine_damage_restarts_total")
)

// Describe implements prometheus.Collector.
func (v *view) Describe(ch chan<- *prometheus.Desc) {
	ch <- descUp
	ch <- descEngineUp
	ch <- descRestarts
	ch <- descDamages
}

// Collect implements prometheus.Collector.
func (v *view) Collect(ch chan<- prometheus.Metric) {
	state, _ := v.s.State()
	ch <- prometheus.MustNewConstMetric(descUp, prometheus.GaugeValue, number(state == Ready))
	if e := v.s.engine; e != nil {
		ch <- prometheus.MustNewConstMetric(descEngineUp, prometheus.GaugeValue, number(e.Up()))
		ch <- prometheus.MustNewConstMetric(descRestarts, prometheus.CounterValue, float64(e.Restarts()))
		ch <- prometheus.MustNewConstMetric(descDamages, prometheus.CounterValue, float64(e.Damages()))
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
