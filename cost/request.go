package cost

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sort"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// Request is one line of `windage price`: a call, said in plain words.
type Request struct {
	ID        json.RawMessage            `json:"id"`
	Provider  string                     `json:"provider"`
	Model     string                     `json:"model"`
	Timestamp string                     `json:"timestamp"` // RFC 3339; empty: now
	Usage     map[string]json.RawMessage `json:"usage"`     // inclusive counts; an absent unit was not used, null is unknown
	// Rates override the table.
	Rates map[string]any `json:"rates"`

	ServiceTier    string `json:"service_tier"`
	Batch          bool   `json:"batch"`
	Region         string `json:"region"`
	Operation      string `json:"operation"`
	APIFlavor      string `json:"api_flavor"` // of RawResponse
	ProviderAPIURL string `json:"provider_api_url"`
	// Where the answer is computed, in the words of OpenAI, Google and Anthropic.
	DataResidency     string         `json:"data_residency"`
	VertexLocation    string         `json:"vertex_location"`
	InferenceGeo      string         `json:"inference_geo"`
	RequestAttributes map[string]any `json:"request_attributes"`
	// RawResponse is the provider's own body; its usage is read where Usage is absent.
	RawResponse map[string]any `json:"raw_response"`
	LocalCache  bool           `json:"local_cache"`
}

// Answer is one line out of `windage price`.
type Answer struct {
	ID         json.RawMessage   `json:"id"`
	USD        *model.Money      `json:"usd"` // null where unpriced
	Status     model.CostStatus  `json:"status"`
	Reason     string            `json:"reason,omitempty"`
	Detail     string            `json:"detail,omitempty"` // in words, where the reason is not enough
	Error      string            `json:"error,omitempty"`  // why the line could not be read
	Matched    string            `json:"matched_model,omitempty"`
	Row        string            `json:"price_row,omitempty"`
	Table      string            `json:"table_sha256,omitempty"`
	Components map[string]string `json:"components,omitempty"`
	Lines      []string          `json:"arithmetic,omitempty"`
}

// ParseRequest reads one line.
func ParseRequest(line []byte) (Request, error) {
	var r Request
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if err := dec.Decode(&r); err != nil {
		return r, PlainJSON(err)
	}
	if dec.More() {
		return r, errors.New("more than one JSON value on the line")
	}
	return r, nil
}

// BadRequest is the answer to a line that could not be read.
func BadRequest(id json.RawMessage, err error) Answer {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	return Answer{ID: id, Status: model.CostUnpriced, Reason: ReasonBadInput, Error: err.Error()}
}

// Answer prices a request. now stands in for a missing timestamp.
func (b *Book) Answer(r *Request, now time.Time, explain bool) Answer {
	var lines *[]Line
	if explain {
		lines = new([]Line)
	}
	c, norate, err := b.priceRequest(r, now, lines)
	if err != nil {
		a := BadRequest(r.ID, err)
		if c.Reason != "" {
			a.Reason = c.Reason
		}
		return a
	}
	a := Answer{ID: r.ID, Status: c.Status, Reason: c.Reason, Matched: c.Matched, Row: c.Row, Table: c.Table}
	if c.Reason == ReasonUnpricedUnit && norate != "" {
		a.Detail = "no rate for " + norate
	}
	if len(a.ID) == 0 {
		a.ID = json.RawMessage("null")
	}
	if c.Status == model.CostUnpriced {
		return a
	}
	a.USD = &c.USD
	a.Components = map[string]string{}
	for i, m := range []model.Money{c.Input, c.CacheRead, c.CacheWrite, c.Output, c.Other} {
		if m != 0 {
			a.Components[componentNames[i]] = m.String()
		}
	}
	if lines != nil {
		for _, l := range *lines {
			a.Lines = append(a.Lines, l.String())
		}
	}
	return a
}

// priceRequest also names the units that were used and have no rate.
func (b *Book) priceRequest(r *Request, now time.Time, lines *[]Line) (_ model.Cost, norate string, _ error) {
	var u usage
	q, err := r.query(now)
	if err != nil {
		return model.Cost{}, "", err
	}
	if r.LocalCache {
		return model.Cost{Status: model.CostFree, Reason: ReasonLocalCache}, "", nil
	}
	if v := r.Rates["provided_cost"]; v != nil {
		amount, err := providedCost(v)
		return model.Cost{Status: model.CostPriced, Reason: "provided", USD: amount, Other: amount, Matched: r.Model, Row: "provided"}, "", err
	}
	unknown, err := r.fill(&u)
	if err != nil {
		return model.Cost{}, "", err
	}
	if bad, ok := u.negative(); !ok {
		return model.Cost{Reason: ReasonNegativeUsage}, "", fmt.Errorf("usage: %s is %s; a count is never negative", units[bad].name, u.show(bad))
	}
	var c model.Cost
	if len(r.Rates) > 0 {
		e, err := inlineModel(r.Provider, r.Rates)
		if err != nil {
			return model.Cost{}, "", err
		}
		if neverPriced(q.op) {
			return unpriced(ReasonUnsupportedOp), "", nil
		}
		c = e.price(&q, &u, 0, lines)
		if known := b.find(q.names); known.model != nil {
			c.Matched = known.matched
		}
	} else {
		c = b.price(&q, &u, lines)
	}
	if len(unknown) > 0 && c.Status == model.CostPriced {
		c.Status, c.Reason = model.CostPartial, ReasonUnpricedUnit
	}
	for i := range unknown {
		unknown[i] = clip(unknown[i]) + ", which no unit is called"
	}
	if q.norate != 0 {
		unknown = append(unknown, q.norate.names())
	}
	return c, strings.Join(unknown, "; "), nil
}

func (r *Request) query(now time.Time) (query, error) {
	q := query{names: names{r.Provider, r.Model, r.ProviderAPIURL}, tier: r.ServiceTier, batch: r.Batch, region: r.Region, op: r.Operation, time: now}
	if r.Timestamp != "" {
		t, err := parseInstant(r.Timestamp)
		if err != nil {
			return q, fmt.Errorf("timestamp: %w", err)
		}
		q.time = t
	}
	q.at = q.time.UnixNano()
	q.attrs = make(map[string]string, len(r.RequestAttributes))
	for k, v := range map[string]string{"data_residency": r.DataResidency, "vertex_location": r.VertexLocation, "inference_geo": r.InferenceGeo} {
		if v != "" {
			q.attrs[k] = v
		}
	}
	for k, v := range r.RequestAttributes {
		q.attrs[k] = text(v)
	}
	if q.tier == "" {
		q.tier = q.attrs["service_tier"]
	}
	if q.region == "" {
		q.region = q.attrs["region"]
	}
	if raw := r.RawResponse; raw != nil {
		if q.names.model == "" {
			q.names.model = rawModel(raw)
		}
		if q.tier == "" {
			q.tier = rawTier(raw)
		}
		if q.attrs["inference_geo"] == "" {
			q.attrs["inference_geo"] = rawGeo(raw)
		}
	}
	return q, nil
}

// ignored are usage keys that repeat what others say.
var ignored = map[string]bool{"total": true, "total_tokens": true, "prediction_accepted": true, "prediction_rejected": true}

// fill reads the usage, and returns the keys that no unit goes by.
func (r *Request) fill(u *usage) (unknown []string, err error) {
	if len(r.Usage) == 0 && r.RawResponse != nil {
		m, ok := ExtractUsage(r.Provider, r.APIFlavor, r.RawResponse)
		if !ok {
			return nil, nil
		}
		for name, n := range m {
			u.set(unitByName[name], n*units[unitByName[name]].scale)
		}
		return nil, nil
	}
	keys := sortedKeys(r.Usage)
	sort.Strings(keys)
	for _, k := range keys {
		v := strings.Trim(string(bytes.TrimSpace(r.Usage[k])), `"`)
		if v == "null" || ignored[k] {
			continue
		}
		d, err := parseDecimal(v)
		if err != nil {
			return nil, fmt.Errorf("usage: %s: %w", clip(k), err)
		}
		name := unitAlias(k)
		if name == "" {
			if d.Sign() != 0 {
				unknown = append(unknown, k)
			}
			continue
		}
		id := unitByName[name]
		d.Mul(d, new(big.Rat).SetInt64(units[id].scale))
		if !d.IsInt() {
			return nil, fmt.Errorf("usage: %s is %s; a count of tokens is whole, one of seconds has at most six decimals", k, clip(v))
		}
		if !d.Num().IsInt64() {
			return nil, fmt.Errorf("usage: %s is %s: %w", k, clip(v), errRange)
		}
		u.set(id, d.Num().Int64())
	}
	return unknown, nil
}
