package engine

import (
	"sync"
	"time"
)

// damageCodes are ClickHouse's words for a part on disk that is not as it
// should be. An engine that has met a full disk may keep such a part until it
// is started again, when it sets the part aside and brings its sources back.
var damageCodes = map[int32]bool{
	226: true, // NO_FILE_IN_DATA_PART
	228: true, // BAD_SIZE_OF_FILE_IN_DATA_PART
	246: true, // CORRUPTED_DATA
}

const (
	// damageAnswers of that kind within damageWithin are no accident.
	damageAnswers = 3
	damageWithin  = 10 * time.Minute

	// A start that did not help is not repeated for ever: each child that ends
	// for damage makes the next one bear it for longer.
	firstPatience   = 10 * time.Minute
	longestPatience = 6 * time.Hour
)

// damage watches an engine's answers for a part that only a new start mends.
type damage struct {
	started  time.Time
	patience time.Duration // since started, in which damage is borne

	mu   sync.Mutex
	seen []time.Time
}

// answered records an error that was answered, and reports whether the engine
// is to be started anew.
func (d *damage) answered(code int32, now time.Time) bool {
	if !damageCodes[code] {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, now)
	for len(d.seen) > 0 && now.Sub(d.seen[0]) > damageWithin {
		d.seen = d.seen[1:]
	}
	return len(d.seen) >= damageAnswers && now.Sub(d.started) >= d.patience
}

// morePatience is how long the child after one that ended for damage bears it.
func morePatience(last time.Duration) time.Duration {
	return min(max(2*last, firstPatience), longestPatience)
}
