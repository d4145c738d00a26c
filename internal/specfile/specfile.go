// Package specfile reads windage.yaml from disk for those who are handed its
// path: the pure package spec reads bytes only.
package specfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/spec"
)

// Load reads a windage.yaml, or gives the defaults for an empty path. A file
// with mistakes is an error of type spec.Mistakes. Paths inside the file
// become relative to the working folder.
func Load(path string) (*spec.File, error) {
	if path == "" {
		return spec.Default(), nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the spec: %w", err)
	}
	f, err := spec.Parse(path, b, Known())
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	for i, p := range f.Prices.Files {
		f.Prices.Files[i] = from(dir, p)
	}
	if f.Privacy.UserHashKey != "" {
		f.Privacy.UserHashKey = from(dir, f.Privacy.UserHashKey)
	}
	return f, nil
}

func from(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// Known is what the built-in metrics say about objectives.
func Known() spec.Known {
	units := map[string]string{}
	for _, d := range quality.Definitions {
		units[d.Name] = string(d.Unit)
	}
	return spec.Known{Units: units, Aliases: quality.Aliases}
}

// Hash tells one windage.yaml from another; "default" for none.
func Hash(path string) (string, error) {
	if path == "" {
		return "default", nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("reading the spec: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6]), nil
}
