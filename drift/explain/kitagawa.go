package explain

// Group is one kind of row (a slice) before and after: its share of rows and
// the mean, or rate, within it.
type Group struct {
	Name                string
	ShareBefore, Before float64
	ShareAfter, After   float64
}

// Split is how much of a change of the overall mean comes from another mix of
// rows and how much from change within the groups; Mix + Within is the change.
type Split struct {
	Mix, Within float64
	ByGroup     []float64 // within-change of each group, in the order given
}

// Kitagawa splits the change of a mean over groups:
//
//	Δ = Σ(q−p)·(before+after)/2  [mix]  +  Σ(after−before)·(p+q)/2  [within]
//
// Shares of each side add up to 1. A group absent from one side has share 0
// there; its mean on that side is taken to be that of the other.
// Source: Kitagawa (1955), Components of a difference between two rates.
func Kitagawa(groups []Group) Split {
	s := Split{ByGroup: make([]float64, len(groups))}
	for i, g := range groups {
		if g.ShareBefore == 0 {
			g.Before = g.After
		}
		if g.ShareAfter == 0 {
			g.After = g.Before
		}
		s.Mix += (g.ShareAfter - g.ShareBefore) * (g.Before + g.After) / 2
		s.ByGroup[i] = (g.After - g.Before) * (g.ShareBefore + g.ShareAfter) / 2
		s.Within += s.ByGroup[i]
	}
	return s
}
