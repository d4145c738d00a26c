package metric

import (
	"math"
	"sort"
)

// Matrix is a confusion matrix: rows are true classes, columns predicted ones.
type Matrix [][]float64

// CountClasses makes the confusion matrix of k classes numbered from 0.
func CountClasses(truth, predicted []int, k int) Matrix {
	m := make(Matrix, k)
	for i := range m {
		m[i] = make([]float64, k)
	}
	for i, t := range truth {
		m[t][predicted[i]]++
	}
	return m
}

// Class is one class against all others.
func (m Matrix) Class(c int) Confusion {
	var out Confusion
	for i, row := range m {
		for j, v := range row {
			switch {
			case i == c && j == c:
				out.TP += v
			case i == c:
				out.FN += v
			case j == c:
				out.FP += v
			default:
				out.TN += v
			}
		}
	}
	return out
}

// Accuracy is the share of rows on the diagonal.
func (m Matrix) Accuracy() float64 {
	var right, all float64
	for i, row := range m {
		for j, v := range row {
			all += v
			if i == j {
				right += v
			}
		}
	}
	return right / all
}

// BalancedAccuracy is the mean recall of the classes that occur in the truth.
func (m Matrix) BalancedAccuracy() float64 {
	r := make([]float64, len(m))
	for i := range m {
		r[i] = m.Class(i).Recall()
	}
	return nanMean(r)
}

// margins gives the sums of rows and columns, the trace and the total.
func (m Matrix) margins() (rows, cols []float64, trace, total float64) {
	rows, cols = make([]float64, len(m)), make([]float64, len(m))
	for i, row := range m {
		for j, v := range row {
			rows[i] += v
			cols[j] += v
			total += v
		}
		trace += row[i]
	}
	return
}

// MCC is Gorodkin's R_K, the correlation coefficient for several classes; 0
// when truth or prediction is one class throughout.
func (m Matrix) MCC() float64 {
	rows, cols, trace, n := m.margins()
	var cross, rr, cc float64
	for i := range m {
		cross += rows[i] * cols[i]
		rr += rows[i] * rows[i]
		cc += cols[i] * cols[i]
	}
	d := math.Sqrt((n*n - cc) * (n*n - rr))
	if d == 0 {
		return 0
	}
	return (trace*n - cross) / d
}

// Weights of disagreement in Cohen's κ.
type Weights int

const (
	// Unweighted counts every disagreement alike.
	Unweighted Weights = iota
	// Linear weighs by the distance of the classes.
	Linear
	// Quadratic weighs by the squared distance.
	Quadratic
)

// Kappa is Cohen's κ, 1 − Σwo/Σwe; NaN when chance alone agrees throughout.
func (m Matrix) Kappa(w Weights) float64 {
	rows, cols, _, n := m.margins()
	var seen, expected float64
	for i := range m {
		for j := range m[i] {
			d := math.Abs(float64(i - j))
			switch w {
			case Unweighted:
				d = math.Min(d, 1)
			case Quadratic:
				d *= d
			}
			seen += d * m[i][j]
			expected += d * rows[i] * cols[j] / n
		}
	}
	return 1 - seen/expected
}

// LogLossClasses is the mean of −ln p(true class) in nats; rows of p are
// clipped to [ε, 1] and need not sum to 1.
func LogLossClasses(truth []int, p [][]float64) float64 {
	const eps = 0x1p-52
	var s float64
	for i, t := range truth {
		var total float64
		for _, v := range p[i] {
			total += v
		}
		s -= math.Log(math.Min(math.Max(p[i][t]/total, eps), 1))
	}
	return s / float64(len(truth))
}

// Average says how the values of classes are put together.
type Average int

const (
	// Macro is the plain mean over classes.
	Macro Average = iota
	// Weighted weighs classes by their rows in the truth.
	Weighted
)

// ROCAUCOvR is the mean over classes of the AUC of each class against the
// rest; NaN when a class does not occur (Macro).
func ROCAUCOvR(truth []int, p [][]float64, k int, avg Average) float64 {
	var s, weight float64
	for c := range k {
		is, score, n := make([]bool, len(truth)), make([]float64, len(truth)), 0.0
		for i, t := range truth {
			is[i], score[i] = t == c, p[i][c]
			if t == c {
				n++
			}
		}
		w := 1.0
		if avg == Weighted {
			w = n
		}
		if w == 0 {
			continue
		}
		s += w * ROCAUC(is, score)
		weight += w
	}
	return s / weight
}

// ROCAUCOvO is the mean over pairs of the classes that occur of the AUC between
// the two (Hand & Till 2001); Weighted weighs pairs by their rows.
func ROCAUCOvO(truth []int, p [][]float64, avg Average) float64 {
	present := map[int]float64{}
	for _, t := range truth {
		present[t]++
	}
	var classes []int
	for c := range present {
		classes = append(classes, c)
	}
	sort.Ints(classes)
	pair := func(a, b int) float64 {
		var is []bool
		var score []float64
		for i, t := range truth {
			if t == a || t == b {
				is, score = append(is, t == a), append(score, p[i][a])
			}
		}
		return ROCAUC(is, score)
	}
	var s, weight float64
	for i, a := range classes {
		for _, b := range classes[i+1:] {
			w := 1.0
			if avg == Weighted {
				w = present[a] + present[b]
			}
			s += w * (pair(a, b) + pair(b, a)) / 2
			weight += w
		}
	}
	return s / weight
}

// TopK is the share of rows whose true class is among the k most probable;
// among equal probabilities the class with the higher number comes first.
func TopK(truth []int, p [][]float64, k int) float64 {
	var hits float64
	for i, t := range truth {
		above := 0
		for c, v := range p[i] {
			if v > p[i][t] || (v == p[i][t] && c > t) {
				above++
			}
		}
		if above < k {
			hits++
		}
	}
	return hits / float64(len(truth))
}
