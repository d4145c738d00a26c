package alerts

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/spec"
)

var update = flag.Bool("update", false, "rewrite generated/ from the source")

func TestGenerated(t *testing.T) {
	rules, err := Prometheus(Generate(&spec.File{}, Options{}))
	require.NoError(t, err)
	files := rules
	for _, f := range unitTests(t) {
		files = append(files, File{filepath.Join("tests", f.Name), f.Data})
	}
	if *update {
		require.NoError(t, os.RemoveAll("generated"))
		for _, f := range files {
			path := filepath.Join("generated", f.Name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.WriteFile(path, f.Data, 0o644))
		}
	}
	want := map[string]bool{}
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join("generated", f.Name))
		require.NoError(t, err)
		require.Equal(t, string(f.Data), string(got), "%s is not what the source says; run `make generate`", f.Name)
		want[f.Name] = true
	}
	require.NoError(t, filepath.WalkDir("generated", func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel("generated", path)
			require.True(t, want[rel], "generated/%s has no source any more; run `make generate`", rel)
		}
		return err
	}))
}
