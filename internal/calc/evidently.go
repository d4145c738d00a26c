package calc

import (
	"github.com/windage-dev/windage/drift/compat/evidently"
)

func init() {
	for _, method := range evidently.Methods() {
		Register("evidently", method, func(c *Case) (Values, error) { return evidentlyTest(c, method) })
	}
	Register("evidently", "default_choice", func(c *Case) (Values, error) { return evidentlyTest(c, "") })
	Register("evidently", "data_drift_preset", evidentlyPreset)
}

// evidentlyColumn cleans the two sides of a case.
func evidentlyColumn(c *Case) (evidently.Column, error) {
	ref, cur, err := c.Pair()
	if err != nil {
		return evidently.Column{}, err
	}
	if ref.Categorical() {
		keys, r, q := evidently.SortedKeys(ref.Counts, cur.Counts)
		return evidently.Categorical(keys, r, q)
	}
	return evidently.Numeric(ref.X, cur.X, ref.Integer && cur.Integer)
}

func evidentlyTest(c *Case, method string) (Values, error) {
	col, err := evidentlyColumn(c)
	if err != nil {
		return nil, err
	}
	v := Values{}
	if method == "" {
		method = evidently.Choose(col)
		v["chosen"] = method
	}
	o, err := evidently.Run(method, col)
	if err != nil {
		return nil, err
	}
	v["value"], v["drifted"], v["threshold"], v["n_reference"], v["n_current"] = o.Value, o.Drifted, o.Threshold, o.N, o.M
	if o.PValue {
		v["p_value"] = o.Value
	}
	return v, nil
}

func evidentlyPreset(c *Case) (Values, error) {
	ref, err := c.Side("reference")
	if err != nil {
		return nil, err
	}
	cur, err := c.Side("current")
	if err != nil {
		return nil, err
	}
	preset := evidently.Preset{
		Method:    c.Text("method", ""),
		NumMethod: c.Text("num_method", ""), CatMethod: c.Text("cat_method", ""),
		DriftShare: c.Number("drift_share", 0.5),
	}
	var raw []evidently.Raw
	for _, name := range c.Texts("numerical") {
		r, err := ref.numeric(name)
		if err != nil {
			return nil, err
		}
		q, err := cur.numeric(name)
		if err != nil {
			return nil, err
		}
		raw = append(raw, evidently.Raw{Name: name, Ref: r.X, Cur: q.X, Integer: r.Integer && q.Integer})
	}
	for _, name := range c.Texts("categorical") {
		r, err := ref.Column(name)
		if err != nil {
			return nil, err
		}
		q, err := cur.Column(name)
		if err != nil {
			return nil, err
		}
		raw = append(raw, evidently.Raw{Name: name, RefCounts: r.Counts().Counts, CurCounts: q.Counts().Counts})
	}
	rep, err := preset.Run(raw)
	if err != nil {
		return nil, err
	}
	columns := map[string]any{}
	for _, col := range rep.Columns {
		columns[col.Name] = map[string]any{"value": col.Value, "method": col.Shown, "threshold": col.Threshold, "name": col.Metric}
	}
	return Values{"columns": columns, "dataset": map[string]any{
		"value": map[string]any{"count": float64(rep.Drifted), "share": rep.Share}, "name": rep.Metric}}, nil
}

func (f *Frame) numeric(name string) (Sample, error) {
	col, err := f.Column(name)
	if err != nil {
		return Sample{}, err
	}
	x, integer, err := col.Numbers()
	return Sample{X: x, Integer: integer}, err
}
