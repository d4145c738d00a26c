package runaway

import (
	"math"
	"math/bits"
	"time"

	"github.com/windage-dev/windage/model"
)

// run is what is known of one open run. It holds no text of its own, so that
// a full sketch has a known size.
type run struct {
	key    uint64
	count  uint64 // rows, with those that may have been missed: orders the sketch
	missed uint64 // upper bound of the rows counted for another run that this one replaced
	pos    int    // in the heap

	product, taskType string
	first, last       time.Time
	lastCallEnd       time.Time
	trace             model.TraceID

	usd         model.Money
	calls       int64
	tools       int64
	tokens      int64  // in and out, of all calls
	input       int64  // of the last call
	grown       uint16 // calls in a row whose input grew
	failed      uint16 // failed calls in a row
	same        uint16 // calls in a row with the same prompt
	prompt      uint64
	tool        [4]toolCount // Misra-Gries over tool and arguments
	newToolSeen bool
	fired       uint8

	// The burst: activity without a pause in which a person could have read
	// and typed.
	burstUSD   model.Money
	burstCalls int64
}

type toolCount struct {
	key   uint64
	count uint16
}

func (r *run) reset() {
	*r = run{key: r.key, count: r.count, pos: r.pos}
}

// atMachineSpeed is a pause shorter than which no person reads and types.
const atMachineSpeed = 4 * time.Second

func (r *run) addCall(row *model.Span, usd model.Money) {
	// A person in the loop makes every turn longer and repeats a question;
	// only what happens inside one trace or at machine speed is a machine's.
	machine := r.calls > 0 && (row.TraceID == r.trace && !r.trace.IsZero() || row.Start.Sub(r.lastCallEnd) < atMachineSpeed)
	r.calls++
	r.usd += usd
	r.burstCalls++
	r.burstUSD += usd
	in := row.InputTotal.Or(0)
	r.tokens += in + row.OutputTotal.Or(0)
	if machine && in > r.input && !r.newToolSeen {
		r.grown = inc(r.grown)
	} else if in > 0 {
		r.grown = 0
	}
	r.newToolSeen = false
	if in > 0 {
		r.input = in
	}
	if machine && row.InputHash != 0 && row.InputHash == r.prompt {
		r.same = inc(r.same)
	} else {
		r.same = 1
	}
	r.prompt = row.InputHash
	if row.Failed() {
		r.failed = inc(r.failed)
	} else {
		r.failed = 0
	}
	if n := row.Attempt; n.Known && n.N > int64(r.failed) && n.N < math.MaxUint16 {
		r.failed = uint16(n.N - 1)
	}
	r.trace = row.TraceID
	if e := row.End(); e.After(r.lastCallEnd) {
		r.lastCallEnd = e
	}
}

func (r *run) addTool(row *model.Span) {
	r.tools++
	if row.ToolArgsHash == 0 {
		return // the arguments are unknown: repeating a tool is not yet a loop
	}
	k := row.ToolArgsHash ^ hashText(row.ToolName)
	free := -1
	for i := range r.tool {
		switch {
		case r.tool[i].count > 0 && r.tool[i].key == k:
			r.tool[i].count = inc(r.tool[i].count)
			return
		case r.tool[i].count == 0 && free < 0:
			free = i
		}
	}
	r.newToolSeen = true
	if free >= 0 {
		r.tool[free] = toolCount{k, 1}
		return
	}
	for i := range r.tool {
		r.tool[i].count--
	}
}

func inc(n uint16) uint16 {
	if n == math.MaxUint16 {
		return n
	}
	return n + 1
}

// hashText is FNV-1a.
func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// usual is what runs of one product cost and how many calls they take.
type usual struct {
	n     int64
	cost  histogram[model.Money]
	calls histogram[int64]
	burst histogram[model.Money] // cost of a burst
	// limits are computed anew when enough was learnt since.
	limits limits
}

// limits are what the usual allows.
type limits struct {
	at          int64 // u.n when computed
	median      model.Money
	burst, cost model.Money
	calls       int64
}

func (u *usual) limit() *limits {
	if l := &u.limits; l.at == 0 || u.n < l.at || u.n-l.at > l.at/50 {
		m := u.cost.quantile(0.5)
		*l = limits{
			at: max(u.n, 1), median: m,
			// A burst may cost eight times what a whole run usually does, but
			// never less than twice what one burst in a thousand does anyway.
			burst: max(8*m, 2*u.burst.quantile(0.999)),
			// A run with pauses in it, with people in the loop, may go further.
			cost:  max(20*m, 3*u.cost.quantile(0.999)),
			calls: 3 * u.calls.quantile(0.999),
		}
	}
	return &u.limits
}

func (u *usual) add(cost model.Money, calls int64) {
	u.n++
	u.cost.add(cost)
	u.calls.add(calls)
	if u.n >= 1<<16 { // forget slowly: the usual of last month is not today's
		u.n /= 2
		u.cost.halve()
		u.calls.halve()
		u.burst.halve()
	}
}

// histogram has eight buckets per doubling: quantiles are right to 9 %.
type histogram[T ~int64] struct {
	n      int64
	counts [64 * 8]uint32
}

func bucket(v uint64) int {
	if v < 8 {
		return int(v)
	}
	e := bits.Len64(v) - 4 // v>>e is in [8, 16)
	return (e+1)*8 + int(v>>e) - 8
}

// upper is the least value above bucket b.
func upper(b int) uint64 {
	if b < 8 {
		return uint64(b) + 1
	}
	return uint64(b%8+9) << (b/8 - 1)
}

func (h *histogram[T]) add(v T) {
	if v < 0 {
		v = 0
	}
	h.n++
	h.counts[min(bucket(uint64(v)), len(h.counts)-1)]++
}

func (h *histogram[T]) halve() {
	h.n = 0
	for i := range h.counts {
		h.counts[i] /= 2
		h.n += int64(h.counts[i])
	}
}

// quantile is the upper end of the bucket that holds the q-quantile.
func (h *histogram[T]) quantile(q float64) T {
	want := int64(math.Ceil(q * float64(h.n)))
	var seen int64
	for i, c := range h.counts {
		if seen += int64(c); seen >= want && c > 0 {
			return T(upper(i) - 1)
		}
	}
	return 0
}
