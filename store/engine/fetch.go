package engine

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Pinned is the release of libchdb that windage is built and tested with.
var Pinned = struct {
	Version string // of chdb-core
	npm     string // of the packages that hold the library
	// sha256 of the package's tarball, by platform. npm checks every package
	// against its registry's word; this checks the registry.
	sha256 map[string]string
}{
	Version: "26.7.3",
	npm:     "26.7.3-stable.1",
	sha256: map[string]string{
		"linux/amd64": "c0d32b129e988f2b9a9a31c9141aecf5e1e2453f9a079efc4d36ab8e3f92b2ad",
	},
}

// packageNames are the npm packages that hold the library, by platform. The
// Python wheels hold it too, but linked to Python: they are of no use here.
var packageNames = map[string]string{
	"linux/amd64":  "@chdb/lib-linux-x64-gnu",
	"linux/arm64":  "@chdb/lib-linux-arm64-gnu",
	"darwin/amd64": "@chdb/lib-darwin-x64",
	"darwin/arm64": "@chdb/lib-darwin-arm64",
}

// FetchOptions configure Fetch.
type FetchOptions struct {
	// Tarball is a package that was downloaded before; empty: npm gets it.
	Tarball string
	// Dir is where the library goes; default our cache folder.
	Dir string
	// Force fetches the library though it is there.
	Force bool
	// Say is told what happens, in one line each.
	Say func(format string, args ...any)
	// Progress is told how far a step is; total is 0 where it is not known.
	Progress func(step string, done, total int64)
}

// Fetch gets the pinned library with npm, checks it, and gives the path that
// FindLibrary will find. Without npm the error says how to do it by hand.
func Fetch(ctx context.Context, o FetchOptions) (string, error) {
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	if o.Progress == nil {
		o.Progress = func(string, int64, int64) {}
	}
	dest, err := cachedLibrary()
	if err != nil {
		return "", err
	}
	if o.Dir != "" {
		dest = filepath.Join(o.Dir, LibraryName)
	}
	if isFile(dest) && !o.Force {
		o.Say("libchdb %s is at %s", Pinned.Version, dest)
		return dest, nil
	}
	platform := runtime.GOOS + "/" + runtime.GOARCH
	name, ok := packageNames[platform]
	if !ok {
		return "", fmt.Errorf("there is no libchdb for %s; use a ClickHouse server with --dsn", platform)
	}
	if err := os.MkdirAll(filepath.Dir(dest), 0o755); err != nil {
		return "", fmt.Errorf("making the cache folder: %w", err)
	}
	tarball := o.Tarball
	if tarball == "" {
		temp, err := os.MkdirTemp(filepath.Dir(dest), ".fetch-")
		if err != nil {
			return "", fmt.Errorf("making a temporary folder: %w", err)
		}
		defer os.RemoveAll(temp)
		if tarball, err = npmPack(ctx, name+"@"+Pinned.npm, temp, dest, o); err != nil {
			return "", err
		}
	}
	if err := verify(tarball, platform, name, o); err != nil {
		return "", err
	}
	if err := extract(tarball, dest, o); err != nil {
		return "", err
	}
	o.Say("libchdb %s is at %s", Pinned.Version, dest)
	return dest, nil
}

// npmPack downloads a package's tarball into dir.
func npmPack(ctx context.Context, spec, dir, dest string, o FetchOptions) (string, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return "", fmt.Errorf("npm is not installed, and the library comes as an npm package. Either install npm and run this again, "+
			"or on any machine that has it run\n\n    npm pack %s\n\nbring the .tgz file here and run\n\n    windage engine fetch --from FILE.tgz\n\n"+
			"(which puts the library at %s). A libchdb of version 26.7 or newer that you have can be named with %s", spec, dest, LibraryEnv)
	}
	o.Say("getting %s with npm (about 180 MB)", spec)
	cmd := exec.CommandContext(ctx, npm, "pack", spec, "--silent", "--pack-destination", dir)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	done := make(chan error, 1)
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("running npm: %w", err)
	}
	go func() { done <- cmd.Wait() }()
	start := time.Now()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				return "", fmt.Errorf("npm pack %s: %w: %s", spec, err, strings.TrimSpace(stderr.String()))
			}
			found, _ := filepath.Glob(filepath.Join(dir, "*.tgz"))
			if len(found) != 1 {
				return "", fmt.Errorf("npm pack %s left %d files, want one", spec, len(found))
			}
			return found[0], nil
		case <-tick.C:
			o.Progress("downloading", int64(time.Since(start).Seconds()), 0)
		}
	}
}

// verify compares a tarball with the checksum that is pinned for it.
func verify(tarball, platform, name string, o FetchOptions) error {
	want, ok := Pinned.sha256[platform]
	if !ok {
		o.Say("no checksum of %s is pinned for %s: trusting npm's own check", name, platform)
		return nil
	}
	f, err := os.Open(tarball)
	if err != nil {
		return fmt.Errorf("checking the package: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("checking the package: %w", err)
	}
	h := sha256.New()
	if _, err := io.Copy(h, &counting{r: f, total: st.Size(), step: "checking", report: o.Progress}); err != nil {
		return fmt.Errorf("checking the package: %w", err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		return fmt.Errorf("%s is not the package that windage was tested with: sha256 is %s, want %s (%s@%s)", tarball, got, want, name, Pinned.npm)
	}
	return nil
}

// extract takes the library out of a tarball. It appears under its name only
// when it is whole.
func extract(tarball, dest string, o FetchOptions) error {
	f, err := os.Open(tarball)
	if err != nil {
		return fmt.Errorf("unpacking: %w", err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", tarball, err)
	}
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s holds no %s", tarball, LibraryName)
		}
		if err != nil {
			return fmt.Errorf("unpacking %s: %w", tarball, err)
		}
		if filepath.Base(h.Name) != LibraryName {
			continue
		}
		part, err := os.CreateTemp(filepath.Dir(dest), LibraryName+".part-")
		if err != nil {
			return fmt.Errorf("unpacking: %w", err)
		}
		_, err = io.Copy(part, &counting{r: tr, total: h.Size, step: "unpacking", report: o.Progress})
		err = errors.Join(err, part.Chmod(0o755), part.Close())
		if err == nil {
			err = os.Rename(part.Name(), dest)
		}
		if err != nil {
			_ = os.Remove(part.Name())
			return fmt.Errorf("unpacking %s: %w", tarball, err)
		}
		return nil
	}
}

// counting reports how much was read.
type counting struct {
	r           io.Reader
	done, total int64
	step        string
	report      func(string, int64, int64)
}

// Read reads on.
func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.done += int64(n)
	c.report(c.step, c.done, c.total)
	return n, err
}
