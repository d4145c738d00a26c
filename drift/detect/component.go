package detect

// component is one scalar view of a series: a number for each block that is
// watched for leaving its reference. A series has a handful.
type component struct {
	name  string // for people: "location", "spread", "upper tail", "value \"stop\"", "nulls"
	share bool   // a share of rows in [0,1]; else a mean of unit variance
	// quality says that the component speaks of the data and not of what they
	// say: nulls, wrong types, values out of range.
	quality bool
	// polynomial says that it is one of the orthonormal functions of the rank.
	polynomial bool
	tail       bool   // a share beyond most of the reference
	display    bool   // judges nothing: the effect in a unit people know
	value      string // of a categorical component: the value whose share it is
	unit       string // of its deviation, where it is not a share or standard deviations

	// of the reference
	variance float64 // of one row within a block (means; shares use their own p(1−p))
	rows     float64 // rows in the reference
}

// view reduces the blocks of a series to its components. It is made from the
// reference blocks and knows nothing of later ones.
type view interface {
	components() []*component
	// row gives the value of every component at block t, and the rows behind
	// it; a value means nothing where there are no rows.
	row(t int, x, n []float64)
}
