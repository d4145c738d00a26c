package calc

import (
	"errors"
	"fmt"
	"math"

	"github.com/windage-dev/windage/drift/stat"
)

func init() {
	cells("definition", "total_variation", func(_ *Case, r, q []float64) (Values, error) {
		return Values{"value": stat.TotalVariation(r, q)}, nil
	})
	cells("definition", "hellinger", func(_ *Case, r, q []float64) (Values, error) {
		return Values{"value": stat.Hellinger(r, q)}, nil
	})
	for _, name := range []string{"psi_floor_0.0001", "psi_floor_1e-06"} {
		cells("definition", name, func(c *Case, r, q []float64) (Values, error) {
			return Values{"value": stat.PSI(r, q, c.Number("eps", 1e-4))}, nil
		})
	}
	Register("definition", "l_infinity", func(c *Case) (Values, error) {
		ref, cur, err := c.Pair()
		if err != nil {
			return nil, err
		}
		keys, r, q := Cells(ref, cur)
		if len(keys) == 0 {
			return nil, errEmpty
		}
		d, cell := stat.LInfinity(r, q)
		return Values{"value": d, "arg": keys[cell]}, nil
	})
	Register("definition", "mmd2_rbf", mmd)
}

func mmd(c *Case) (Values, error) {
	ref, cur, err := c.vectors(true)
	if err != nil {
		return nil, err
	}
	if err := limit("points", len(ref)+len(cur), 6000); err != nil {
		return nil, err
	}
	gamma := stat.MedianGamma(ref, cur)
	r := stat.MMD(ref, cur, gamma, 0)
	return Values{"value": r.Unbiased, "biased": r.Biased, "gamma": gamma, "n_reference": r.N, "n_current": r.M}, nil
}

// vectors reads the sides as points, of as many columns each: one column of
// numbers, without NaN and infinities where finite says so, or every column of
// a file.
func (c *Case) vectors(finite bool) (ref, cur stat.Vectors, err error) {
	if ref, err = c.points("reference", finite); err != nil {
		return nil, nil, err
	}
	if cur, err = c.points("current", finite); err != nil {
		return nil, nil, err
	}
	if len(ref) > 0 && len(cur) > 0 && len(ref[0]) != len(cur[0]) {
		return nil, nil, fmt.Errorf("the reference has %d columns, current has %d", len(ref[0]), len(cur[0]))
	}
	return ref, cur, nil
}

func (c *Case) points(side string, finite bool) (stat.Vectors, error) {
	var file struct{ File, Column string }
	if err := c.Decode(side, &file); err != nil {
		return nil, err
	}
	if file.File != "" && file.Column == "" {
		f, err := c.Frame(file.File)
		if err != nil {
			return nil, err
		}
		return f.vectors()
	}
	s, err := c.Sample(side)
	if err != nil {
		return nil, err
	}
	if s.Categorical() {
		return nil, errors.New("this statistic is of numbers, the case has categories")
	}
	if finite {
		return stat.Column(stat.Finite(s.X)), nil
	}
	return stat.Column(s.X), nil
}

func (f *Frame) vectors() (stat.Vectors, error) {
	out := make(stat.Vectors, f.Rows)
	for i := range out {
		out[i] = make([]float64, len(f.Names))
	}
	for j, name := range f.Names {
		s, err := f.numeric(name)
		if err != nil {
			return nil, err
		}
		for i, v := range s.X {
			if math.IsNaN(v) {
				return nil, fmt.Errorf("row %d of column %s has no value; a point needs all its coordinates", i+1, name)
			}
			out[i][j] = v
		}
	}
	return out, nil
}
