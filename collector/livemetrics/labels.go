package livemetrics

import (
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	other   = "__other__"  // a value beyond the cap
	unknown = "unknown"    // a value that was not reported
	nobody  = "unassigned" // a span that belongs to no product
)

// maxValueLength bounds a label value; longer ones are cut.
const maxValueLength = 128

// limiter bounds the values of each label and the series of each metric.
// Beyond a bound the value is __other__, and the observation is counted as
// such: totals stay right, only detail is lost.
type limiter struct {
	maxValues, maxSeries int
	overflow             *prometheus.CounterVec

	mu     sync.RWMutex
	values map[string]map[string]struct{} // by label
	series map[string]map[string]struct{} // by metric
}

func newLimiter(maxValues, maxSeries int, overflow *prometheus.CounterVec) *limiter {
	return &limiter{
		maxValues: maxValues, maxSeries: maxSeries, overflow: overflow,
		values: map[string]map[string]struct{}{}, series: map[string]map[string]struct{}{},
	}
}

// admit replaces values that are beyond a bound, in place.
func (l *limiter) admit(metric string, labels, values []string) {
	for i, label := range labels {
		values[i] = clean(label, values[i])
		if !l.known(l.values, label, values[i], l.maxValues) {
			l.overflow.WithLabelValues(metric, label).Inc()
			values[i] = other
		}
	}
	if !l.known(l.series, metric, strings.Join(values, "\x00"), l.maxSeries) {
		l.overflow.WithLabelValues(metric, "series").Inc()
		for i := range values {
			values[i] = other
		}
	}
}

// known reports whether the value has a place under the key, and gives it one
// while there is room.
func (l *limiter) known(all map[string]map[string]struct{}, key, value string, most int) bool {
	if value == other {
		return true
	}
	l.mu.RLock()
	_, ok := all[key][value]
	l.mu.RUnlock()
	if ok {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	set := all[key]
	if set == nil {
		set = map[string]struct{}{}
		all[key] = set
	}
	if _, ok := set[value]; ok {
		return true
	}
	if len(set) >= most {
		return false
	}
	set[strings.Clone(value)] = struct{}{}
	return true
}

// clean makes any text a label value.
func clean(label, v string) string {
	if v == "" {
		if label == "product" {
			return nobody
		}
		return unknown
	}
	if len(v) > maxValueLength {
		v = v[:maxValueLength]
	}
	return strings.ToValidUTF8(v, "�")
}
