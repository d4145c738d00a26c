package detect

import (
	"time"

	"github.com/windage-dev/windage/drift/block"
)

func (s *Series) span(i int) (time.Time, time.Duration) {
	switch s.Kind {
	case Categorical, Rate:
		return s.Categorical[i].Start, s.Categorical[i].Length
	case Vector:
		return s.Vector[i].Start, s.Vector[i].Length
	default:
		return s.Numeric[i].Start, s.Numeric[i].Length
	}
}

func (s *Series) len() int {
	switch s.Kind {
	case Categorical, Rate:
		return len(s.Categorical)
	case Vector:
		return len(s.Vector)
	default:
		return len(s.Numeric)
	}
}

func (s *Series) end() (end time.Time) {
	for i := range s.len() {
		if at, l := s.span(i); at.Add(l).After(end) {
			end = at.Add(l)
		}
	}
	return end
}

func (s *Series) start() (start time.Time) {
	for i := range s.len() {
		if at, _ := s.span(i); start.IsZero() || at.Before(start) {
			start = at
		}
	}
	return start
}

// place puts a series' blocks on the calendar and returns the rows of each.
func (r *runner) place(w *watch) []float64 {
	T := r.cal.n
	rows := make([]float64, T)
	put := func(i int) int {
		at, l := w.span(i)
		t := r.cal.index(at)
		if t < 0 || t >= T || l > 0 && l != r.s.Block || at.Add(r.s.Block).After(r.s.Now) {
			return -1
		}
		return t
	}
	switch w.Kind {
	case Categorical, Rate:
		w.cat = make([]*block.Categorical, T)
		for i := range w.Categorical {
			if t := put(i); t >= 0 {
				w.cat[t] = &w.Categorical[i]
				rows[t] = float64(w.Categorical[i].Rows())
			}
		}
	case Vector:
		w.vec = make([]*block.Vector, T)
		for i := range w.Vector {
			if t := put(i); t >= 0 {
				w.vec[t] = &w.Vector[i]
				rows[t] = float64(w.Vector[i].Rows())
			}
		}
	default:
		w.num = make([]*block.Numeric, T)
		for i := range w.Numeric {
			if t := put(i); t >= 0 {
				w.num[t] = &w.Numeric[i]
				rows[t] = float64(w.Numeric[i].Rows())
			}
		}
	}
	for t, n := range rows {
		if n > 0 {
			if w.first < 0 {
				w.first = t
			}
			w.last = t
		}
	}
	return rows
}
