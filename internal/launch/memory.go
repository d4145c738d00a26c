package launch

import (
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// memoryShare of a container's limit is what Go may use; the rest is left for
// what Go does not see.
const memoryShare = 0.8

// limitMemory sets the Go memory limit from the container's, where there is
// one and the user set none.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	for _, path := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
		// "max", and the huge number of cgroup v1, mean no limit.
		if err == nil && n > 0 && n < math.MaxInt64/2 {
			debug.SetMemoryLimit(int64(float64(n) * memoryShare))
		}
		return
	}
}
