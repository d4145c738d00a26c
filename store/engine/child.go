package engine

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// childConfig is what the parent tells its child, on an inherited pipe: the
// password is never in the arguments or the environment, where others could
// read it.
type childConfig struct {
	DataDir     string `json:"data_dir"`
	Library     string `json:"library"`
	MemoryLimit int64  `json:"memory_limit"`
	User        string `json:"user"`
	Password    string `json:"password"`
	// Patience is how long after its start the child bears damaged parts.
	Patience time.Duration `json:"patience"`
}

// childReady is the child's answer, and, where it ends by itself, its last word.
type childReady struct {
	Version string `json:"version,omitempty"`
	Error   string `json:"error,omitempty"`
	Damage  string `json:"damage,omitempty"` // the error for which it asks to be started anew
}

// childEnv tells a child that the files below are its own to take.
const childEnv = "WINDAGE_ENGINE_CHILD"

// The files a child inherits, by number.
const (
	fdConfig   = 3 + iota // childConfig as JSON, then the lifeline: it stays open as long as the parent lives
	fdReady               // childReady as JSON lines
	fdListener            // the listening socket
	fdLock                // the locked lock file: held as long as either process lives
)

// serverArgs are the engine's server-level settings: small caches and pools,
// for an engine that shares a machine with the product it watches.
func (c childConfig) serverArgs() []string {
	cache := max(c.MemoryLimit/16, 16<<20)
	return []string{
		"--max_server_memory_usage=" + strconv.FormatInt(c.MemoryLimit, 10),
		"--mark_cache_size=" + strconv.FormatInt(cache, 10),
		"--index_mark_cache_size=" + strconv.FormatInt(cache/4, 10),
		"--uncompressed_cache_size=0",
		"--mmap_cache_size=0",
		"--primary_index_cache_size=" + strconv.FormatInt(cache, 10),
		"--query_condition_cache_size=" + strconv.FormatInt(cache/4, 10),
		"--compiled_expression_cache_size=" + strconv.FormatInt(cache/4, 10),
		"--merges_mutations_memory_usage_soft_limit=" + strconv.FormatInt(c.MemoryLimit/2, 10),
		// Writing a part takes a buffer for each of its columns: small ones
		// for tables as wide as ours.
		"--merge_tree.max_compress_block_size=262144",
		"--merge_tree.min_columns_to_activate_adaptive_write_buffer=1",
	}
}

func readConfig(r io.Reader) (c childConfig, err error) {
	if err := json.NewDecoder(r).Decode(&c); err != nil {
		return c, fmt.Errorf("reading the configuration from the parent: %w", err)
	}
	return c, nil
}
