package calc

import "github.com/windage-dev/windage/drift/stat"

func quantile(sorted []float64, q float64) float64 { return stat.Quantile(sorted, q) }
