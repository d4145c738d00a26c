package normalize

import (
	"syscall"
	"time"
)

// cpuTime is the processor time this process has used, garbage collection
// included: unlike the wall clock it does not tell of the neighbours.
func cpuTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
