// Package river holds the concept drift detectors of river 0.23 (river/drift),
// for comparison with the product's own detector. Each takes one value after
// the other, says when it has found a change, and then starts anew.
//
// What belongs here: their rules and defaults. They state no false alarm rate
// for autocorrelated data; what pages people is in package detect.
package river

// Detector finds changes in a stream.
type Detector interface {
	// Update takes the next value and tells whether a change is found.
	Update(x float64) bool
}

// Changes gives the indices, from 0, of the values after which a detector found
// a change.
func Changes(d Detector, x []float64) []int {
	out := []int{}
	for i, v := range x {
		if d.Update(v) {
			out = append(out, i)
		}
	}
	return out
}

// mean is a running mean.
type mean struct{ n, value float64 }

func (m *mean) add(x float64) {
	m.n++
	m.value += (x - m.value) / m.n
}
