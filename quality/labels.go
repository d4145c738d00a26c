package quality

import "time"

// LabelAges are the ages at which labels are counted: how long after a
// prediction its truth was told. An age is the first that the delay is below;
// what comes later still has the index len(LabelAges).
var LabelAges = []time.Duration{
	time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 3 * day, 4 * day, 5 * day, 7 * day, 10 * day, 14 * day, 21 * day, 28 * day,
}

// Labelled counts predictions whose truth is known. TP … TN are those with a
// probability, of the positive class against the rest; Right counts all.
type Labelled struct{ N, Right, TP, FP, FN, TN int64 }

// Add adds o.
func (l *Labelled) Add(o Labelled) {
	l.N, l.Right = l.N+o.N, l.Right+o.Right
	l.TP, l.FP, l.FN, l.TN = l.TP+o.TP, l.FP+o.FP, l.FN+o.FN, l.TN+o.TN
}

// AddLabelled adds predictions labelled at an age.
func (f *Facts) AddLabelled(age int, l Labelled) {
	t := f.Ages[age]
	t.Add(l)
	put(&f.Ages, age, t)
}

// LabelledBy are the labels that were told before the predictions were of the
// age with that index, the index itself included.
func (f *Facts) LabelledBy(age int) (out Labelled) {
	for a, l := range f.Ages {
		if a <= age {
			out.Add(l)
		}
	}
	return out
}

// JudgeKey is one judge of one evaluation.
type JudgeKey struct{ Name, Judge string }

// Verdict is what a judge should have said of an anchor and what it said.
type Verdict struct{ Expected, Said string }

// AddJudged adds n evaluations by a judge: of the product's own traffic, or of
// anchors, whose right verdict is known.
func (f *Facts) AddJudged(k JudgeKey, anchor bool, expected, said string, n int64) {
	if !anchor {
		put(&f.Judged, k, f.Judged[k]+n)
		return
	}
	t := f.Anchors[k]
	v := Verdict{expected, said}
	put(&t, v, t[v]+n)
	put(&f.Anchors, k, t)
}
