package calc

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"

	"github.com/windage-dev/windage/quality/slices"
)

func init() {
	Register("sliceline", "sliceline_top_k", func(c *Case) (Values, error) {
		d, err := c.sliceData()
		if err != nil {
			return nil, err
		}
		return Values{"slices": sliceLine(c, d, true), "mean_error": d.Whole().MeanError()}, nil
	})
	Register("definition", "sliceline_exhaustive_top_k", func(c *Case) (Values, error) {
		d, err := c.sliceData()
		if err != nil {
			return nil, err
		}
		top := sliceLine(c, d, false)
		// SliceLine's own search prunes by bounds that lose nothing, so its
		// first k are these; said because the case asks.
		tied := sliceLine(c, d, true)
		return Values{"slices": top, "agrees_with_library": reflect.DeepEqual(top, tied[:len(top)])}, nil
	})
	Register("divexplorer", "divexplorer", divExplorer)
	Register("pysubgroup", "pysubgroup_standard_qf", standardQuality)
	Register("definition", "slice_vs_rest_pooled_z", func(c *Case) (Values, error) {
		d, err := c.sliceData()
		if err != nil {
			return nil, err
		}
		for i, e := range d.Errors {
			if e != 0 && e != 1 {
				return nil, fmt.Errorf("row %d has the error %g; a test of proportions needs 0 or 1", i+1, e)
			}
		}
		whole := d.Whole()
		all := d.All(c.Whole("max_level", 3), c.Whole("min_support", 20))
		list := []any{}
		for _, s := range slices.Top(all, whole, slices.PooledZ, c.Whole("k", 15)) {
			list = append(list, map[string]any{"slice": s.Named(d), "z": s.Score, "size": s.Size, "mean_error": s.MeanError(),
				"rest_mean_error": (whole.SumError - s.SumError) / float64(whole.Size-s.Size)})
		}
		return Values{"slices": list, "tested": len(all)}, nil
	})
}

// divExplorer lists the ten slices that diverge most: by divergence, by its
// significance, and by the library's own unsigned significance. t is that of
// the library, without a sign.
func divExplorer(c *Case) (Values, error) {
	d, err := c.sliceData()
	if err != nil {
		return nil, err
	}
	n := float64(len(d.Errors))
	share := c.Number("min_support", .01)
	if !(share > 0 && share <= 1) {
		return nil, fmt.Errorf("min_support is %g; it must be a share of the rows above 0, at most 1", share)
	}
	all := d.Divergences(c.Whole("max_length_kept", 3), int(math.Ceil(share*n-1e-9)))
	list := func(by func(slices.Divergence) float64) []any {
		order := append([]slices.Divergence(nil), all...)
		sort.SliceStable(order, func(i, j int) bool { return by(order[i]) > by(order[j]) })
		out := []any{}
		for _, s := range order[:min(10, len(order))] {
			// The greater divergence counts; a slice that is the whole has none.
			if math.IsInf(by(s), -1) {
				break
			}
			var names []string
			for f, v := range s.Named(d) {
				names = append(names, f+"="+v)
			}
			sort.Strings(names)
			out = append(out, map[string]any{"slice": names, "support": float64(s.Size) / n, "error": s.MeanError(), "error_div": s.Divergence, "error_t": math.Abs(s.T),
				"length": len(s.Features), "support_count": s.Size, "contributions": contributions(d, s)})
		}
		return out
	}
	worse := func(s slices.Divergence) float64 {
		if s.Divergence <= 0 {
			return math.Inf(-1)
		}
		return s.T
	}
	return Values{"columns": []string{"support", "error", "error_div", "error_t", "length", "support_count"}, "patterns_tested": len(all),
		"by_divergence": list(func(s slices.Divergence) float64 { return s.Divergence }), "by_t": list(worse),
		"by_unsigned_t": list(func(s slices.Divergence) float64 { return math.Abs(s.T) })}, nil
}

func contributions(d slices.Data, s slices.Divergence) map[string]any {
	out := map[string]any{}
	for i, v := range s.Contributions {
		out[d.Features[s.Features[i]]] = v
	}
	return out
}

// standardQuality lists the ten best subgroups of a beam search for each of the
// exponents, as pysubgroup names them. For losses other than 0 and 1 its size is
// a number of rows, not a share.
func standardQuality(c *Case) (Values, error) {
	d, err := c.sliceData()
	if err != nil {
		return nil, err
	}
	exponents, ok := c.Param("a").([]any)
	if !ok {
		exponents = []any{1.0}
	}
	binary := true
	for _, e := range d.Errors {
		binary = binary && (e == 0 || e == 1)
	}
	whole := d.Whole()
	v := Values{}
	for _, e := range exponents {
		a, ok := e.(float64)
		if !ok {
			return nil, fmt.Errorf("the exponent a is %v; it must be a number", e)
		}
		score := slices.StandardQuality(a)
		if !binary {
			v["quality"] = "StandardQFNumeric: size^a * (mean_sg - mean) (n, not n/N)"
			score = func(s, w slices.Slice) float64 {
				return math.Pow(float64(s.Size), a) * (s.MeanError() - w.MeanError())
			}
		}
		list := []any{}
		for _, s := range d.Beam(c.Whole("depth", 3), c.Whole("beam_width", 60), 1, score) {
			if len(list) == c.Whole("k", 10) {
				break
			}
			var names []string
			for f, v := range s.Named(d) {
				names = append(names, fmt.Sprintf("%s=='%s'", f, v))
			}
			sort.Strings(names)
			one := map[string]any{"subgroup": strings.Join(names, " AND "), "quality": s.Score, "size": s.Size}
			if binary {
				one["positives"] = s.SumError
			} else {
				one["mean"] = s.MeanError()
			}
			list = append(list, one)
		}
		name := strconv.FormatFloat(a, 'g', -1, 64)
		if !strings.ContainsAny(name, ".e") {
			name += ".0"
		}
		v["a="+name] = list
	}
	v["mean_error"] = whole.MeanError()
	return v, nil
}

// sliceLine gives the k best slices with a positive score and an error; ties
// with the last of them too when asked for.
func sliceLine(c *Case, d slices.Data, ties bool) []any {
	k := c.Whole("k", 10)
	all := d.All(c.Whole("max_level", 3), c.Whole("min_support", 10))
	out := []any{}
	var last float64
	for i, s := range slices.Top(all, d.Whole(), slices.SliceLine(c.Number("alpha", .6)), len(all)) {
		if s.Score <= 0 || s.SumError == 0 || (i >= k && !(ties && s.Score == last)) {
			break
		}
		last = s.Score
		out = append(out, map[string]any{"slice": s.Named(d), "slice_score": s.Score, "sum_slice_error": s.SumError, "max_slice_error": s.MaxError,
			"slice_size": s.Size, "slice_average_error": s.MeanError(), "level": len(s.Features)})
	}
	return out
}

func (c *Case) sliceData() (slices.Data, error) {
	var in struct {
		File     string   `json:"file"`
		Error    string   `json:"error_column"`
		Features []string `json:"features"`
	}
	if err := c.Decode("data", &in); err != nil {
		return slices.Data{}, err
	}
	f, err := c.Frame(in.File)
	if err != nil {
		return slices.Data{}, err
	}
	e, err := f.numeric(in.Error)
	if err != nil {
		return slices.Data{}, err
	}
	var cols [][]string
	for _, name := range in.Features {
		col, err := f.Column(name)
		if err != nil {
			return slices.Data{}, err
		}
		cols = append(cols, col)
	}
	if f.Rows == 0 || len(cols) == 0 {
		return slices.Data{}, errors.New("there are no rows or no features")
	}
	for i, v := range e.X {
		if !(v >= 0) {
			return slices.Data{}, fmt.Errorf("row %d has the error %g; it must be 0 or more", i+1, v)
		}
	}
	return slices.NewData(in.Features, cols, e.X), nil
}
