package normalize

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/windage-dev/windage/model"
)

// Langfuse's usage and cost details.

// readLangfuseUsage reads usage_details in its three shapes: OpenAI chat,
// OpenAI responses (both inclusive), and flat buckets that exclude each other.
func readLangfuseUsage(rd *reading, key string, v pcommon.Value) {
	raw := str(v)
	if u := rd.parseUsage(raw); u.ok && !u.buckets {
		rd.setUsage(u, key)
		return
	}
	var u usageObject
	u.rule = "langfuse: buckets exclude each other"
	var in, out, cacheRead, cacheWrite, w5, w1, reasoning int64
	known := false
	for o := rd.walks.object(raw); o.next(); {
		k, raw := o.key, o.value
		count := countIn(raw)
		if !count.Known {
			of := &u.InputTotal
			if strings.Contains(k, "output") || strings.Contains(k, "completion") || strings.Contains(k, "reasoning") {
				of = &u.OutputTotal
			}
			rd.refuse(of, refusedText(raw))
			continue
		}
		n := count.N
		known = true
		switch {
		case k == "total":
			u.TotalReported = model.Some(n)
		case strings.Contains(k, "5m"):
			w5 += n
		case strings.Contains(k, "1h"):
			w1 += n
		case strings.Contains(k, "cache_creation"), strings.Contains(k, "cache_write"):
			cacheWrite += n
		case strings.Contains(k, "cache"):
			cacheRead += n
		case k == "input_audio", k == "input_audio_tokens":
			u.InputAudio = model.Some(n)
			in += n
		case k == "output_audio", k == "output_audio_tokens":
			u.OutputAudio = model.Some(n)
			out += n
		case strings.Contains(k, "reasoning"), strings.Contains(k, "thinking"), strings.Contains(k, "thoughts"):
			reasoning += n
		case strings.HasPrefix(k, "input"), strings.HasPrefix(k, "prompt"):
			in += n
		case strings.HasPrefix(k, "output"), strings.HasPrefix(k, "completion"):
			out += n
		}
	}
	if rd.refused { // a sum without one of its parts is wrong
		rd.refuseAll(u.Usage)
		if u.InputTotal.N < 0 || u.OutputTotal.N < 0 {
			return
		}
	}
	if !known {
		return
	}
	cacheWrite = max(cacheWrite, w5+w1)
	u.InputTotal, u.OutputTotal = model.Some(in+cacheRead+cacheWrite), model.Some(out+reasoning)
	// the total is right: it tells when a bucket repeats what another holds
	if t := u.TotalReported.Or(0); t > 0 && t < u.InputTotal.N+u.OutputTotal.N {
		for _, less := range [...]struct{ in, out int64 }{{cacheRead + cacheWrite, 0}, {cacheRead + cacheWrite, reasoning}, {0, reasoning}, {cacheWrite, 0}, {cacheRead, 0}} {
			if u.InputTotal.N+u.OutputTotal.N-less.in-less.out == t {
				u.InputTotal.N -= less.in
				u.OutputTotal.N -= less.out
				break
			}
		}
	}
	if cacheRead > 0 {
		u.CacheRead = model.Some(cacheRead)
	}
	if cacheWrite > 0 {
		u.CacheWrite = model.Some(cacheWrite)
	}
	if w5 > 0 {
		u.CacheWrite5m = model.Some(w5)
	}
	if w1 > 0 {
		u.CacheWrite1h = model.Some(w1)
	}
	if reasoning > 0 {
		u.Reasoning = model.Some(reasoning)
	}
	rd.setUsage(u, key)
}

// readCostTotal takes the total of a cost breakdown.
func readCostTotal(rd *reading, key string, v pcommon.Value) {
	if rd.row.ReportedCost != nil {
		return
	}
	raw := str(v)
	for _, k := range [...]string{"total", "total_cost"} {
		f, ok := number(get(raw, k))
		if m, ok := moneyOf(f, ok); ok && m > 0 {
			rd.row.ReportedCost, rd.row.ReportedCostSource = &m, key
			return
		}
	}
}
