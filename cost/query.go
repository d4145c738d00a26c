package cost

import (
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// query is one question to the book.
type query struct {
	names   names
	alt     string // the requested model, where names.model is the one that answered
	at      int64
	time    time.Time
	tier    string
	batch   bool
	region  string
	attrs   map[string]string // other conditions
	op      string
	strict  bool // an absent direction of usage is unknown, not zero
	call    model.Kind
	assumed assumption
	lower   bool // the usage is known not to be all of it
	norate  mask // set by pricing: what was used and has no rate
}

// meets reports whether all conditions hold.
func (q *query) meets(when []cond) bool {
	for i := range when {
		if !when[i].holds(q.attr(when[i].key)) {
			return false
		}
	}
	return true
}

func (q *query) attr(key string) string {
	switch key {
	case "service_tier":
		if q.tier == "" {
			return "default"
		}
		return q.tier
	case "processing":
		if q.batch || strings.EqualFold(q.tier, "batch") {
			return "batch"
		}
		return q.attrs[key]
	case "region":
		return q.region
	case "data_residency", "inference_geo":
		// Where an answer is computed is bought under the provider's own name for
		// it; a call that knows only its region means the same.
		if v := q.attrs[key]; v != "" {
			return v
		}
		return q.region
	default:
		return q.attrs[key]
	}
}

// standardTier reports whether the tier means the list price.
func standardTier(t string) bool {
	switch t {
	case "", "standard", "default", "auto", "on_demand", "on-demand", "standard_only", "unspecified":
		return true
	}
	return false
}

func spanQuery(row *model.Span) query {
	q := query{
		names: names{row.Provider, row.PricedModel, row.BaseURL},
		time:  row.Start, tier: row.ServiceTier, batch: row.Batch, region: row.Region,
		op: row.Operation, strict: true, call: row.Kind,
	}
	if row.Kind == model.KindTask {
		q.op = "" // a container stands for the calls in it, whatever it does itself
	}
	if !row.Start.IsZero() {
		q.at = row.Start.UnixNano()
	}
	if q.names.provider == "" {
		q.names.provider = row.ProviderRaw
	}
	if q.names.model == "" {
		if q.names.model, q.alt = row.ResponseModel, row.RequestModel; q.names.model == "" {
			q.names.model, q.alt = row.RequestModel, ""
		}
	}
	if row.CacheSemantics == "unknown" && (row.CacheRead.N > 0 || row.CacheWrite.N > 0) {
		q.assumed |= assumedConvention
	}
	switch row.UsageSource {
	case model.UsageEstimated:
		q.assumed |= assumedUsage
	case model.UsagePartial:
		q.lower = true
	}
	return q
}

// locallyCached reports whether the application answered from a cache of its
// own, so that the provider never saw the call.
func locallyCached(row *model.Span) bool {
	for i := range row.Rest {
		switch row.Rest[i].Key {
		case "windage.local_cache", "gen_ai.response.local_cache", "llm.cache_hit":
			return row.Rest[i].Value == "true"
		}
	}
	return false
}
