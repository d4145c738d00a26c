//go:build !linux

package normalize

import "time"

var began = time.Now()

// cpuTime is the wall clock where the processor's is not to be had.
func cpuTime() time.Duration { return time.Since(began) }
