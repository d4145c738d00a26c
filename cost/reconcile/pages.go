package reconcile

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"

	"github.com/windage-dev/windage/cost"
)

// page is one answer of the costs and usage APIs of OpenAI and Anthropic; the
// two differ in their fields and not in their shape.
type page struct {
	Data    []bucket `json:"data"`
	HasMore bool     `json:"has_more"`
}

type bucket struct {
	StartTime  json.Number `json:"start_time"`  // OpenAI: unix seconds
	StartingAt string      `json:"starting_at"` // Anthropic: RFC 3339
	Results    []result    `json:"results"`
}

type result struct {
	Amount   json.RawMessage `json:"amount"`
	Model    string          `json:"model"`
	LineItem string          `json:"line_item"`
	Input    json.Number     `json:"input_tokens"`
	Cached   json.Number     `json:"input_cached_tokens"`
	Output   json.Number     `json:"output_tokens"`
	Requests json.Number     `json:"num_model_requests"`
	Batch    bool            `json:"batch"`

	Currency    string      `json:"currency"`
	Description string      `json:"description"`
	CostType    string      `json:"cost_type"`
	TokenType   string      `json:"token_type"`
	ServiceTier string      `json:"service_tier"`
	Uncached    json.Number `json:"uncached_input_tokens"`
	CacheRead   json.Number `json:"cache_read_input_tokens"`
	Creation    struct {
		FiveMinutes json.Number `json:"ephemeral_5m_input_tokens"`
		OneHour     json.Number `json:"ephemeral_1h_input_tokens"`
	} `json:"cache_creation"`
}

// flatten turns the answers of a costs or usage API (one page, several one
// after the other, or an array of them) into the CSV of the same export.
func flatten(data []byte) ([]byte, error) {
	const known = "an answer of OpenAI's or Anthropic's costs or usage API"
	pages, err := readPages(data)
	if err != nil {
		return nil, fmt.Errorf("the invoice is JSON, but not %s: %w", known, err)
	}
	if len(pages) > 0 && pages[len(pages)-1].HasMore {
		return nil, errors.New(`the last page says "has_more": true: it is not the whole invoice. Fetch the pages that follow (next_page) and give them all, one after the other in one file`)
	}
	sheets := map[string][][]string{}
	for _, p := range pages {
		for _, b := range p.Data {
			for i := range b.Results {
				name, row, err := b.flatten(&b.Results[i])
				if err != nil {
					return nil, err
				}
				sheets[name] = append(sheets[name], row)
			}
		}
	}
	switch len(sheets) {
	case 0:
		return nil, errors.New("the answer holds no results: group the costs by line_item (OpenAI) or description (Anthropic), or the usage by model")
	case 1:
	default:
		return nil, fmt.Errorf("the invoice mixes several kinds of answer (%s): give one at a time", strings.Join(keys(sheets), ", "))
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for name, rows := range sheets {
		if err := w.WriteAll(append([][]string{strings.Split(name, ",")}, rows...)); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

const (
	openaiCosts    = "start_time,line_item,amount_value,amount_currency"
	openaiUsage    = "start_time,model,input_tokens,input_cached_tokens,output_tokens,num_model_requests,batch"
	anthropicCosts = "usage_date_utc,model,usage_type,token_type,cost_usd"
	anthropicUsage = "usage_date_utc,model,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_read,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_output_tokens"
)

func (b *bucket) flatten(r *result) (sheet string, row []string, err error) {
	hasAmount := len(r.Amount) > 0 && string(r.Amount) != "null"
	if b.StartingAt != "" {
		if !hasAmount {
			if r.Model == "" {
				return "", nil, fmt.Errorf("the usage of %s names no model: group it by model", b.StartingAt)
			}
			return anthropicUsage, []string{b.StartingAt, r.Model, r.ServiceTier, r.Uncached.String(), r.CacheRead.String(), r.Creation.FiveMinutes.String(), r.Creation.OneHour.String(), r.Output.String()}, nil
		}
		if c := strings.ToUpper(r.Currency); c != "" && c != "USD" {
			return "", nil, fmt.Errorf("the costs of %s are in %s; Anthropic reports USD", b.StartingAt, c)
		}
		var cents json.Number
		if err := json.Unmarshal(r.Amount, &cents); err != nil {
			return "", nil, fmt.Errorf("the amount %s of %s is not a number", r.Amount, b.StartingAt)
		}
		usd, ok := new(big.Rat).SetString(cents.String())
		if !ok {
			return "", nil, fmt.Errorf("the amount %s of %s is not a number", r.Amount, b.StartingAt)
		}
		usd.Quo(usd, big.NewRat(100, 1)) // Anthropic reports cents
		name, kind := r.Model, r.TokenType
		if name == "" {
			name = r.Description
		}
		if name == "" {
			return "", nil, fmt.Errorf("the costs of %s name nothing they are for: group them by description", b.StartingAt)
		}
		if kind == "" {
			kind = r.CostType
		}
		return anthropicCosts, []string{b.StartingAt, name, r.ServiceTier, kind, Decimal(usd, 18)}, nil
	}
	if !hasAmount {
		if r.Model == "" {
			return "", nil, fmt.Errorf("the usage of %s names no model: group it by model", b.StartTime)
		}
		return openaiUsage, []string{b.StartTime.String(), r.Model, r.Input.String(), r.Cached.String(), r.Output.String(), r.Requests.String(), fmt.Sprint(r.Batch)}, nil
	}
	var amount struct {
		Value    json.Number `json:"value"`
		Currency string      `json:"currency"`
	}
	if err := json.Unmarshal(r.Amount, &amount); err != nil {
		return "", nil, fmt.Errorf("the amount %s is not an object with a value and a currency", clip(string(r.Amount)))
	}
	if r.LineItem == "" {
		return "", nil, fmt.Errorf("the costs of %s name nothing they are for: group them by line_item", b.StartTime)
	}
	return openaiCosts, []string{b.StartTime.String(), r.LineItem, amount.Value.String(), amount.Currency}, nil
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

func readPages(data []byte) ([]page, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	var pages []page
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return pages, nil
		}
		if err != nil {
			return nil, plainJSON(err)
		}
		list := []json.RawMessage{raw}
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &list); err != nil {
				return nil, plainJSON(err)
			}
		}
		for _, one := range list {
			var p page
			if err := json.Unmarshal(one, &p); err != nil {
				return nil, plainJSON(err)
			}
			pages = append(pages, p)
		}
	}
}

// plainJSON says what is wrong without the names of our types.
func plainJSON(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends in the middle")
	}
	return cost.PlainJSON(err)
}
