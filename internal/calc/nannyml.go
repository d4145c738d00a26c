package calc

import (
	"errors"
	"fmt"
	"math"

	"github.com/windage-dev/windage/drift/compat/nannyml"
)

// nannymlNumbers and nannymlCounts are NannyML's methods by name.
var (
	nannymlNumbers = map[string]func([]float64) (nannyml.Method[[]float64], error){
		"jensen_shannon": nannyml.JensenShannon, "hellinger": nannyml.Hellinger,
		"kolmogorov_smirnov": nannyml.KolmogorovSmirnov, "wasserstein": nannyml.Wasserstein,
	}
	nannymlCounts = map[string]func(nannyml.Counts) nannyml.Method[nannyml.Counts]{
		"jensen_shannon": nannyml.JensenShannonCounts, "hellinger": nannyml.HellingerCounts, "l_infinity": nannyml.LInfinity,
	}
)

func init() {
	for _, name := range []string{"jensen_shannon", "hellinger", "kolmogorov_smirnov", "wasserstein", "l_infinity", "chi2"} {
		Register("nannyml", name, func(c *Case) (Values, error) { return nannymlStatistic(c, name) })
	}
	Register("nannyml", "univariate_calculator", nannymlCalculator)
}

// nannymlStatistic is one method on the whole of current, with the threshold
// from ten chunks of the reference where the order of its rows is known.
func nannymlStatistic(c *Case, name string) (Values, error) {
	ref, cur, err := c.Pair()
	if err != nil {
		return nil, err
	}
	if ref.Categorical() {
		n := ref.Nulls
		for _, v := range ref.Counts {
			n += v
		}
		if _, err := nannyml.ByCount(int(n), nannyml.DefaultChunks); err != nil {
			return nil, err
		}
		if name == "chi2" {
			r, err := nannyml.ChiSquare(ref.Counts, cur.Counts)
			if err != nil {
				return nil, err
			}
			v := withDF(r)
			v["upper_threshold"], v["alert"] = nil, alert(r.Statistic, r.P < 0.05)
			return v, nil
		}
		f, ok := nannymlCounts[name]
		if !ok {
			return nil, fmt.Errorf("NannyML computes %s for numbers only", name)
		}
		value, err := f(ref.Counts)(cur.Counts)
		return Values{"value": value}, err
	}
	f, ok := nannymlNumbers[name]
	if !ok {
		return nil, fmt.Errorf("NannyML computes %s for categories only", name)
	}
	chunks, err := nannyml.ByCount(len(ref.X), nannyml.DefaultChunks)
	if err != nil {
		return nil, err
	}
	m, err := f(ref.X)
	if err != nil {
		return nil, err
	}
	value, err := m(cur.X)
	if err != nil {
		return nil, err
	}
	_, threshold, err := referenceThreshold(m, chunks, func(ch nannyml.Chunk) []float64 { return ref.X[ch.Start:ch.End] }, name)
	if err != nil {
		return nil, err
	}
	return Values{"value": value, "upper_threshold": threshold, "alert": alert(value, value > threshold),
		"n_reference": len(ref.X), "n_current": len(cur.X)}, nil
}

// alert is null where there is no value.
func alert(value float64, yes bool) any {
	if math.IsNaN(value) {
		return nil
	}
	return yes
}

func referenceThreshold[T any](m nannyml.Method[T], chunks []nannyml.Chunk, rows func(nannyml.Chunk) T, name string) (values []float64, threshold float64, err error) {
	for _, ch := range chunks {
		v, err := m(rows(ch))
		if err != nil {
			return nil, 0, err
		}
		values = append(values, v)
	}
	limit := math.Inf(1)
	if name == "kolmogorov_smirnov" {
		limit = 1
	}
	return values, nannyml.Threshold(values, limit), nil
}

// nannymlCalculator is the UnivariateDriftCalculator on two files.
func nannymlCalculator(c *Case) (Values, error) {
	ref, err := c.Side("reference")
	if err != nil {
		return nil, err
	}
	cur, err := c.Side("current")
	if err != nil {
		return nil, err
	}
	cut := func(n int) ([]nannyml.Chunk, error) {
		if m, ok := c.Param("chunker").(map[string]any); ok {
			if size, ok := m["chunk_size"].(float64); ok {
				return nannyml.BySize(n, int(size))
			}
			if count, ok := m["chunk_number"].(float64); ok {
				return nannyml.ByCount(n, int(count))
			}
			return nil, errors.New(`chunker must have "chunk_size" or "chunk_number"`)
		}
		return nannyml.ByCount(n, nannyml.DefaultChunks)
	}
	refChunks, err := cut(ref.Rows)
	if err != nil {
		return nil, fmt.Errorf("reference: %w", err)
	}
	curChunks, err := cut(cur.Rows)
	if err != nil {
		return nil, fmt.Errorf("current: %w", err)
	}
	numeric, categorical := []string{"jensen_shannon"}, []string{"jensen_shannon"}
	if m, ok := c.Param("methods").(map[string]any); ok {
		numeric, categorical = textList(m["continuous_methods"]), textList(m["categorical_methods"])
	}
	columns := map[string]any{}
	for _, name := range c.Texts("columns_numeric") {
		r, err := ref.numeric(name)
		if err != nil {
			return nil, err
		}
		q, err := cur.numeric(name)
		if err != nil {
			return nil, err
		}
		columns[name], err = nannymlColumn(numeric, refChunks, curChunks,
			func(method string) (nannyml.Method[[]float64], error) {
				f, ok := nannymlNumbers[method]
				if !ok {
					return nil, fmt.Errorf("NannyML has no method %q for numbers", method)
				}
				return f(r.X)
			},
			func(ch nannyml.Chunk) []float64 { return r.X[ch.Start:ch.End] },
			func(ch nannyml.Chunk) []float64 { return q.X[ch.Start:ch.End] })
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
	}
	for _, name := range c.Texts("columns_categorical") {
		r, err := ref.Column(name)
		if err != nil {
			return nil, err
		}
		q, err := cur.Column(name)
		if err != nil {
			return nil, err
		}
		whole := r.Counts().Counts
		columns[name], err = nannymlColumn(categorical, refChunks, curChunks,
			func(method string) (nannyml.Method[nannyml.Counts], error) {
				if method == "chi2" {
					return func(chunk nannyml.Counts) (float64, error) {
						res, err := nannyml.ChiSquare(whole, chunk)
						return res.Statistic, err
					}, nil
				}
				f, ok := nannymlCounts[method]
				if !ok {
					return nil, fmt.Errorf("NannyML has no method %q for categories", method)
				}
				return f(whole), nil
			},
			func(ch nannyml.Chunk) nannyml.Counts { return r[ch.Start:ch.End].Counts().Counts },
			func(ch nannyml.Chunk) nannyml.Counts { return q[ch.Start:ch.End].Counts().Counts })
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
		if col, ok := columns[name].(map[string]any)["chi2"].(map[string]any); ok {
			var alerts []any
			for _, ch := range curChunks {
				res, err := nannyml.ChiSquare(whole, q[ch.Start:ch.End].Counts().Counts)
				if err != nil {
					return nil, fmt.Errorf("column %s: %w", name, err)
				}
				alerts = append(alerts, alert(res.Statistic, res.P < 0.05))
			}
			col["alerts"], col["upper_threshold"] = alerts, nil
		}
	}
	return Values{"chunks": chunkList(curChunks), "reference_chunks": chunkList(refChunks), "columns": columns}, nil
}

func nannymlColumn[T any](methods []string, refChunks, curChunks []nannyml.Chunk,
	fit func(string) (nannyml.Method[T], error), ref, cur func(nannyml.Chunk) T) (map[string]any, error) {
	out := map[string]any{}
	for _, name := range methods {
		m, err := fit(name)
		if err != nil {
			return nil, err
		}
		refValues, threshold, err := referenceThreshold(m, refChunks, ref, name)
		if err != nil {
			return nil, err
		}
		var values []float64
		var alerts []any
		for _, ch := range curChunks {
			v, err := m(cur(ch))
			if err != nil {
				return nil, err
			}
			values, alerts = append(values, v), append(alerts, alert(v, v > threshold))
		}
		out[name] = map[string]any{"values": values, "reference_values": refValues,
			"upper_threshold": threshold, "lower_threshold": nil, "alerts": alerts}
	}
	return out, nil
}

func textList(v any) []string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// chunkList names chunks by their first and last row, from 0.
func chunkList(chunks []nannyml.Chunk) []any {
	out := make([]any, len(chunks))
	for i, ch := range chunks {
		out[i] = map[string]any{"start": ch.Start, "end": ch.End - 1}
	}
	return out
}
