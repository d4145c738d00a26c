package spanstore

import (
	"errors"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/model"
)

// intake reads the rows of a request, and parts those that have an identity
// and a time that can be true from those that have not.
type intake struct {
	*request
	w      *writer
	bounds canonical.Bounds

	n    int      // rows handed out
	dead []letter // rows that are not
	lost int      // rows in chunks that could not be read
	err  error    // why
}

func (w *writer) intake(r *request) *intake {
	return &intake{request: r, w: w, bounds: w.storage.Bounds(w.now())}
}

// spans hands out each row, good until the next one. It may be used again,
// and then begins anew.
func (in *intake) spans(yield func(*model.Span) bool) {
	in.n, in.lost, in.err, in.dead = 0, 0, nil, in.dead[:0]
	for _, c := range in.chunks {
		if c.spans == 0 {
			continue
		}
		b, err := c.open()
		if err != nil {
			in.lose(c.items(), err)
			continue
		}
		going, read := true, 0
		err = b.EachSpan(func(s *model.Span) bool {
			read++
			if reason := in.refuse(s); reason != "" {
				in.dead = append(in.dead, in.w.letter("span", reason, nil, s))
				return true
			}
			in.n++
			going = yield(s)
			return going
		})
		if err != nil {
			in.lose(c.spans-read, err)
		}
		if !going {
			return
		}
	}
}

// rows are all rows at once.
func (in *intake) rows() []*model.Span {
	var out []*model.Span
	for _, c := range in.chunks {
		b, err := c.open()
		if err != nil {
			continue // counted before
		}
		rows, _ := b.AppendSpans(nil)
		for _, s := range rows {
			if in.refuse(s) == "" {
				out = append(out, s)
			}
		}
	}
	return out
}

// signals are all signals.
func (in *intake) signals() (out []model.Signal) {
	for _, c := range in.chunks {
		if c.signals == 0 {
			continue
		}
		b, err := c.open()
		if err != nil {
			if c.spans == 0 {
				in.lose(c.signals, err)
			}
			continue
		}
		had := len(out)
		if out, err = b.AppendSignals(out); err != nil {
			in.lose(c.signals-(len(out)-had), err)
		}
	}
	return out
}

func (in *intake) lose(rows int, err error) {
	in.lost += max(1, rows)
	in.err = errors.Join(in.err, err)
}

// refuse is why a row can never be stored, or nothing. Rows are asked the same
// when they come in; those of a queue that lay for long may be too old now.
func (in *intake) refuse(r *model.Span) string { return in.bounds.Refuse(r.TraceID, r.SpanID, r.Start) }
