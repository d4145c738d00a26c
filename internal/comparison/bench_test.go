package comparison

import (
	"os"
	"testing"

	"github.com/windage-dev/windage/drift/compare"
)

// BenchmarkFiles compares the two Parquet files in the folder
// $WINDAGE_BENCH_DIR (made by bench/compare/gen_speed.py).
func BenchmarkFiles(b *testing.B) {
	dir := os.Getenv("WINDAGE_BENCH_DIR")
	if dir == "" {
		b.Skip("WINDAGE_BENCH_DIR names no folder with reference.parquet and current.parquet")
	}
	for b.Loop() {
		if _, err := Run(Options{Reference: dir + "/reference.parquet", Current: dir + "/current.parquet", Settings: compare.Defaults()}); err != nil {
			b.Fatal(err)
		}
	}
}
