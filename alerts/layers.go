package alerts

import (
	"fmt"
	"time"
)

// key identifies one layer metric.
const key = "product, layer, metric, tier"

func (s scope) offline() Group {
	return Group{File: "offline", Rules: append(s.objective("WindageOfflineObjectiveBreached", "offline"),
		s.silent("WindageOfflineSilent", "offline", 36*time.Hour),
		s.missing("WindageOfflineMissing", "offline", "online"),
	)}
}

func (s scope) online() Group {
	high := s.alert("WindageCallErrors", Page, "online").says(
		"{{ $labels.product }}: {{ $value | humanizePercentage }} of model calls fail",
		"{{ $value | humanizePercentage }} of the model calls of {{ $labels.product }} failed in the last hour (and above 25% in the last 5 minutes), of "+
			lookup(`product:windage_calls:increase1h{product=%q}`, "$labels.product", "humanize")+" calls. Users of the product see errors or fallbacks.")
	high.Expr = lines(
		s.sel("product:windage_call_errors:ratio_1h")+" > 0.25",
		"and on (product)",
		s.sumRate("windage_call_errors_total", "5m")+" / "+s.sumRate("windage_calls_total", "5m")+" > 0.25",
		"and on (product)",
		s.sel("product:windage_calls:increase1h")+" >= 50")
	high.For = 5 * time.Minute
	elevated := s.alert("WindageCallErrors", Ticket, "online").says(
		"{{ $labels.product }}: {{ $value | humanizePercentage }} of model calls fail",
		"{{ $value | humanizePercentage }} of the model calls of {{ $labels.product }} failed in the last hour, of "+
			lookup(`product:windage_calls:increase1h{product=%q}`, "$labels.product", "humanize")+" calls.")
	elevated.Expr = lines(
		s.sel("product:windage_call_errors:ratio_1h")+" > 0.05",
		"and on (product)",
		s.sel("product:windage_calls:increase1h")+" >= 100")
	elevated.For = 30 * time.Minute

	return Group{File: "online", Rules: append(s.objective("WindageOnlineObjectiveBreached", "online"),
		s.silent("WindageOnlineSilent", "online", 24*time.Hour),
		s.missing("WindageOnlineMissing", "online", "offline"),
		s.telemetryStopped(), high, elevated)}
}

func (s scope) business() Group {
	return Group{File: "business", Rules: append(s.objective("WindageBusinessObjectiveBreached", "business"),
		s.silent("WindageBusinessSilent", "business", 72*time.Hour),
		s.missing("WindageBusinessMissing", "business", "online"),
	)}
}

// value prints a layer metric in its own unit.
const value = `{{ printf "%.4g" $value }}{{ if eq $labels.unit "usd" }} USD{{ else if eq $labels.unit "seconds" }} s{{ end }}`

// objective are the rules for the objectives of one layer: a blocker pages, a
// warning opens a ticket, context makes no rule.
func (s scope) objective(name, layer string) []Rule {
	var out []Rule
	for _, t := range []struct {
		tier, severity string
		wait           time.Duration
	}{{"blocker", Page, 10 * time.Minute}, {"warning", Ticket, 30 * time.Minute}} {
		matchers := []string{fmt.Sprintf("layer=%q", layer), fmt.Sprintf("tier=%q", t.tier)}
		family := func(unit string) string {
			return fmt.Sprintf(`label_replace(%s, "unit", %q, "", "")`, last(s.sel("windage_layer_"+unit, matchers...), key), unit)
		}
		r := s.alert(name, t.severity, layer)
		r.Expr = lines(
			"(", "    "+family("ratio"), "  or", "    "+family("usd"), "  or", "    "+family("seconds"), ")",
			"and on ("+key+")",
			"  min by ("+key+") (min_over_time("+s.sel("windage_layer_breached", matchers...)+"[5m])) == 1",
			"and on ("+key+")",
			fmt.Sprintf("  %s >= %d", last(s.sel("windage_layer_samples", matchers...), key), s.minSample))
		r.For, r.KeepFiringFor = t.wait, 15*time.Minute
		args := "$labels.unit $labels.product $labels.layer $labels.metric"
		end := func(which string) string {
			return lookup("windage_layer_%s_"+which+"{product=%q,layer=%q,metric=%q}", args, `printf "%.4g"`)
		}
		out = append(out, r.says(
			"{{ $labels.product }}: {{ $labels.metric }} misses its objective",
			"The "+layer+" metric {{ $labels.metric }} of {{ $labels.product }} is "+value+
				" (95 % interval "+end("lower")+" to "+end("upper")+", n = "+
				lookup("windage_layer_samples{product=%q,layer=%q,metric=%q}", "$labels.product $labels.layer $labels.metric", `printf "%.0f"`)+
				"); the objective is "+end("objective")+". The whole interval lies on the wrong side."))
	}
	return out
}

// silent fires when a layer that used to speak stops to.
func (s scope) silent(name, layer string, after time.Duration) Rule {
	g := s.sel("windage_layer_last_data_timestamp_seconds", fmt.Sprintf("layer=%q", layer))
	r := s.alert(name, Ticket, layer).says(
		"{{ $labels.product }}: no "+layer+" data for {{ $value | humanizeDuration }}",
		"The newest "+layer+" data of {{ $labels.product }} is {{ $value | humanizeDuration }} old; it is expected at least every "+duration(after)+
			". Until it flows again, a regression in this layer cannot be seen.")
	r.Expr = fmt.Sprintf("time() - %s > %.0f", last(g, "product, layer"), after.Seconds())
	r.For = 15 * time.Minute
	return r
}

// missing fires when a product has data of another layer and never any of
// this one: model gains then hide product or business regressions.
func (s scope) missing(name, layer, other string) Rule {
	data := func(l string) string {
		return s.sel("windage_layer_last_data_timestamp_seconds", fmt.Sprintf("layer=%q", l))
	}
	r := s.alert(name, Ticket, layer).says(
		"{{ $labels.product }}: the "+layer+" layer is not measured",
		"{{ $labels.product }} has "+other+" data (newest {{ $value | humanizeDuration }} old) and no "+layer+
			" data at all. A regression that shows only in the "+layer+" layer goes unnoticed.")
	r.Expr = lines(
		fmt.Sprintf("time() - max by (product) (last_over_time(%s[1h]))", data(other)),
		"unless on (product)",
		fmt.Sprintf("max by (product) (last_over_time(%s[1h]))", data(layer)))
	r.For = 24 * time.Hour
	return r
}

// telemetryStopped fires when a product falls silent at a time when it was
// busy a week ago.
func (s scope) telemetryStopped() Rule {
	r := s.alert("WindageTelemetryStopped", Page, "online").says(
		"{{ $labels.product }}: no model calls, {{ $value | humanize }} a week ago",
		"{{ $labels.product }} made no model call in the last 30 minutes; in the same half hour a week ago it made {{ $value | humanize }}. Either the product is down or its telemetry no longer arrives.")
	calls := s.sel("windage_calls_total")
	r.Expr = lines(
		fmt.Sprintf("sum by (product) (increase(%s[30m] offset 7d)) >= 50", calls),
		"unless on (product)",
		fmt.Sprintf("sum by (product) (increase(%s[30m])) > 0", calls))
	r.For = 15 * time.Minute
	return r
}

func (s scope) sumRate(counter, window string) string {
	return fmt.Sprintf("sum by (product) (rate(%s[%s]))", s.sel(counter), window)
}
