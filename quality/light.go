package quality

import (
	"fmt"
	"time"

	"github.com/windage-dev/windage/model"
)

// Layers in the order in which people read them.
var Layers = []model.Layer{model.Offline, model.Online, model.Business}

// Lights gives each layer its light and one sentence that says why: breached
// where a blocker misses its objective, warning where another metric does or
// an incident of the layer is open, unknown where nothing could be measured or
// the newest data is older than silent.
func Lights(metrics []model.LayerMetric, open map[model.Layer][]string, now time.Time, silent time.Duration) []model.LayerLight {
	out := make([]model.LayerLight, 0, len(Layers))
	for _, l := range Layers {
		out = append(out, light(l, metrics, open[l], now, silent))
	}
	return out
}

func light(l model.Layer, metrics []model.LayerMetric, open []string, now time.Time, silent time.Duration) model.LayerLight {
	var blockers, others, missing []string
	var measured, objectives int
	var newest time.Time
	for _, m := range metrics {
		if m.Layer != l {
			continue
		}
		newest = later(newest, m.AsOf)
		if !m.Measured() {
			if m.Target != nil {
				missing = append(missing, fmt.Sprintf("%s is not measurable: %s", m.Title, m.Reason))
			}
			continue
		}
		measured++
		if m.Target != nil {
			objectives++
		}
		if !m.Breached {
			if m.Unproven() {
				missing = append(missing, fmt.Sprintf("%s is at least %s, objective %s: %s", m.Title, Format(*m.Value, m.Unit), m.Objective, m.Reason))
			}
			continue
		}
		why := fmt.Sprintf("%s is %s, objective %s", m.Title, describe(m.Estimate, m.Unit), m.Objective)
		if m.Tier == model.Blocker {
			blockers = append(blockers, why)
		} else if m.Tier == model.Warning {
			others = append(others, why)
		}
	}
	others = append(others, open...)
	state, why := model.StateOK, fmt.Sprintf("%d metrics measured, none off its objective", measured)
	switch {
	case len(blockers) > 0:
		state, why = model.StateBreached, worst(append(blockers, others...))
	case measured == 0:
		state, why = model.StateUnknown, nothing(l)
		if len(missing) > 0 {
			why = worst(missing)
		}
	case len(others) > 0:
		state, why = model.StateWarning, worst(others)
	case silent > 0 && now.Sub(newest) > silent:
		state, why = model.StateUnknown, fmt.Sprintf("no data for %s", now.Sub(newest).Round(time.Minute))
	case len(missing) > 0:
		state, why = model.StateUnknown, worst(missing)
	case objectives == 0:
		why = fmt.Sprintf("%d metrics measured; no objective is set, so only incidents change this light", measured)
	}
	return model.LayerLight{Layer: l, State: state, Why: why}
}

// worst is the first of several reasons and how many more there are.
func worst(why []string) string {
	if n := len(why) - 1; n > 0 {
		return fmt.Sprintf("%s; and %d more", why[0], n)
	}
	return why[0]
}

// nothing says what a layer without any data needs.
func nothing(l model.Layer) string {
	switch l {
	case model.Offline:
		return "no evaluations, suite runs or labels were received"
	case model.Online:
		return "no calls, tasks or feedback were received"
	default:
		return "no closed tasks or business signals were received"
	}
}
