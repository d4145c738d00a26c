package calc

import (
	"errors"
	"fmt"
	"reflect"

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
