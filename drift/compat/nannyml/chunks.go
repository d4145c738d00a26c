package nannyml

import (
	"fmt"
	"math"
)

// DefaultChunks is the number of chunks when nothing else is asked for.
const DefaultChunks = 10

// Chunk is a run of rows, End not included.
type Chunk struct{ Start, End int }

// BySize cuts n rows into chunks of size rows; what is left over is a chunk of
// its own, however small.
func BySize(n, size int) ([]Chunk, error) {
	if size <= 0 {
		return nil, fmt.Errorf("the chunk size is %d; it must be at least 1", size)
	}
	var out []Chunk
	for i := 0; i < n; i += size {
		out = append(out, Chunk{i, min(i+size, n)})
	}
	return out, nil
}

// ByCount cuts n rows into count chunks of n/count rows, rounded down; the rest
// becomes one more chunk.
func ByCount(n, count int) ([]Chunk, error) {
	if n == 0 {
		return nil, nil
	}
	if n < count {
		return nil, fmt.Errorf("%d rows cannot be cut into %d chunks: the chunk size would be 0", n, count)
	}
	return BySize(n, n/count)
}

// Threshold is the upper threshold from the statistic's values on the chunks of
// the reference: their mean plus three standard deviations (ddof 0), NaNs left
// out, and not above limit.
func Threshold(values []float64, limit float64) float64 {
	var n, sum float64
	for _, v := range values {
		if !math.IsNaN(v) {
			n++
			sum += v
		}
	}
	mean := sum / n
	var ss float64
	for _, v := range values {
		if !math.IsNaN(v) {
			ss += (v - mean) * (v - mean)
		}
	}
	t := mean + 3*math.Sqrt(ss/n)
	if t > limit {
		return limit
	}
	return t
}
