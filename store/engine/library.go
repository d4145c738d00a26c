package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// LibraryEnv names the environment variable that says where libchdb is.
const LibraryEnv = "CHDB_LIB_PATH"

// LibraryName is the file name of the library, on every platform.
const LibraryName = "libchdb.so"

// MissingLibraryError says where the library was looked for, and how to get it.
type MissingLibraryError struct{ Looked []string }

func (e *MissingLibraryError) Error() string {
	return fmt.Sprintf("the embedded ClickHouse library (%s) was not found; looked at %s. "+
		"Get it with `windage engine fetch` (it uses npm or pip), set %s to a copy you have, "+
		"or use a ClickHouse server instead with --dsn clickhouse://host:9000/windage",
		LibraryName, strings.Join(e.Looked, ", "), LibraryEnv)
}

// CacheDir is our folder for fetched libraries.
func CacheDir() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the user's cache folder: %w", err)
	}
	return filepath.Join(base, "windage"), nil
}

// cachedLibrary is where Fetch puts the pinned library.
func cachedLibrary() (string, error) {
	dir, err := CacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "chdb-"+Pinned.Version, LibraryName), nil
}

// FindLibrary gives the path of libchdb: CHDB_LIB_PATH (a file or a folder),
// else beside the executable, else our cache folder, else the usual library
// folders. Ours comes before the system's because its version is known to fit.
func FindLibrary() (string, error) {
	if p := os.Getenv(LibraryEnv); p != "" {
		for _, c := range []string{p, filepath.Join(p, LibraryName)} {
			if isFile(c) {
				return c, nil
			}
		}
		return "", fmt.Errorf("%s is %s, which holds no %s", LibraryEnv, p, LibraryName)
	}
	var looked []string
	if exe, err := os.Executable(); err == nil {
		dir := filepath.Dir(exe)
		looked = append(looked, filepath.Join(dir, LibraryName), filepath.Join(dir, "..", "lib", LibraryName))
	}
	if c, err := cachedLibrary(); err == nil {
		looked = append(looked, c)
	}
	dirs := []string{"/usr/local/lib", "/usr/lib", "/usr/lib64"}
	switch runtime.GOARCH {
	case "amd64":
		dirs = append(dirs, "/usr/lib/x86_64-linux-gnu")
	case "arm64":
		dirs = append(dirs, "/usr/lib/aarch64-linux-gnu")
	}
	if runtime.GOOS == "darwin" {
		dirs = []string{"/usr/local/lib", "/opt/homebrew/lib"}
	}
	for _, d := range dirs {
		looked = append(looked, filepath.Join(d, LibraryName))
	}
	for _, p := range looked {
		if isFile(p) {
			return filepath.Clean(p), nil
		}
	}
	return "", &MissingLibraryError{Looked: looked}
}

func isFile(p string) bool {
	st, err := os.Stat(p)
	return err == nil && st.Mode().IsRegular()
}
