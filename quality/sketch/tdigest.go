// Package sketch keeps the distribution of many numbers in little space.
//
// What does not belong here: histograms on the universal grid (package
// drift/block), which the product itself stores.
package sketch

import (
	"math"
	"sort"
)

// Random chooses between equally near centroids and the order in which a digest
// is compressed. *rand.Rand of math/rand/v2 is one.
type Random interface {
	Float64() float64
	IntN(n int) int
}

// Centroid stands for Count values around Mean.
type Centroid struct{ Mean, Count float64 }

// TDigest keeps quantiles, exact towards the ends (Dunning & Ertl 2019, the
// clustering variant). A value joins the nearest centroid when that holds no
// more than 4·n·Delta·q(1−q) values, q being its quantile; above K/Delta
// centroids all are added anew in random order. The algorithm and the order of
// its random choices are those of the Python library tdigest 0.5.2.2.
type TDigest struct {
	delta, k float64
	random   Random
	n        float64
	// c is sorted by mean, and no two have the same.
	c []Centroid
}

// NewTDigest makes an empty digest; the library's defaults are delta = 0.01 and
// k = 25.
func NewTDigest(delta, k float64, random Random) *TDigest {
	return &TDigest{delta: delta, k: k, random: random}
}

// Centroids are the centroids by mean.
func (t *TDigest) Centroids() []Centroid { return t.c }

// AddAll adds values, which must be finite, and compresses.
func (t *TDigest) AddAll(x []float64) {
	for _, v := range x {
		t.Add(v, 1)
	}
	t.compress()
}

// Add adds a finite value with a weight above 0.
func (t *TDigest) Add(x, w float64) {
	t.n += w
	if len(t.c) == 0 {
		t.insert(Centroid{x, w})
		return
	}
	near := t.nearest(x)
	for len(near) > 0 && w > 0 {
		j := t.random.IntN(len(near))
		at := t.find(near[j])
		near = append(near[:j], near[j+1:]...)
		c := t.c[at]
		limit := t.limit(at)
		if c.Count+w > limit {
			continue
		}
		part := min(limit-c.Count, w)
		t.c = append(t.c[:at], t.c[at+1:]...)
		c.Count += part
		c.Mean += part * (x - c.Mean) / c.Count
		t.insert(c)
		w -= part
	}
	if w > 0 {
		t.insert(Centroid{x, w})
	}
	if float64(len(t.c)) > t.k/t.delta {
		t.compress()
	}
}

// find gives the place of the first centroid at or above the mean.
func (t *TDigest) find(mean float64) int {
	return sort.Search(len(t.c), func(i int) bool { return t.c[i].Mean >= mean })
}

// insert adds a centroid; one with the same mean takes its values over.
func (t *TDigest) insert(c Centroid) {
	at := t.find(c.Mean)
	if at < len(t.c) && t.c[at].Mean == c.Mean {
		t.c[at].Count += c.Count
		return
	}
	t.c = append(t.c, Centroid{})
	copy(t.c[at+1:], t.c[at:])
	t.c[at] = c
}

// nearest gives the mean of the nearest centroid, or of two at the same
// distance, the upper first.
func (t *TDigest) nearest(x float64) []float64 {
	at := t.find(x)
	switch {
	case at == len(t.c):
		return []float64{t.c[at-1].Mean}
	case at == 0 || t.c[at].Mean == x:
		return []float64{t.c[at].Mean}
	}
	up, down := t.c[at].Mean, t.c[at-1].Mean
	switch below, above := math.Abs(down-x), math.Abs(up-x); {
	case below < above:
		return []float64{down}
	case below == above:
		return []float64{up, down}
	}
	return []float64{up}
}

// limit is the most values that the centroid may hold.
func (t *TDigest) limit(at int) float64 {
	var left float64
	for _, c := range t.c[:at] {
		left += c.Count
	}
	q := (t.c[at].Count/2 + left) / t.n
	return 4 * t.n * t.delta * q * (1 - q)
}

// compress adds all centroids anew, in steps of a random number that has no
// divisor in common with how many there are.
func (t *TDigest) compress() {
	n := len(t.c)
	if n == 0 {
		return
	}
	step := 0
	for {
		step = int(t.random.Float64() * float64(n))
		if gcd(step, n) == 1 {
			break
		}
	}
	fresh := NewTDigest(t.delta, t.k, t.random)
	for i := 1; i <= n; i++ {
		c := t.c[i*step%n]
		fresh.Add(c.Mean, c.Count)
	}
	t.c = fresh.c
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Quantile estimates the value at a share q of the values, by a line between the
// centres of neighbouring centroids. Towards the lower end the line is carried
// on from the first centroid, so the answer may lie below every value. NaN
// without values.
func (t *TDigest) Quantile(q float64) float64 {
	if len(t.c) == 0 {
		return math.NaN()
	}
	if q == 0 {
		return t.c[0].Mean
	}
	at, passed := q*t.n, 0.0
	for i, c := range t.c {
		k := c.Count / 2
		if i > 0 {
			before := t.c[i-1]
			k = (c.Count + before.Count) / 2
			if at < passed+k {
				z1, z2 := at-passed, passed+k-at
				return (before.Mean*z2 + c.Mean*z1) / (z1 + z2)
			}
		}
		passed += k
	}
	return t.c[len(t.c)-1].Mean
}
