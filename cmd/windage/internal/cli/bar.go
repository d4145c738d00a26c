package cli

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// shareBar shows the share of a piece of work that is done, on a terminal and
// only when the work takes longer than two seconds.
type shareBar struct {
	mu      sync.Mutex
	start   time.Time
	w       io.Writer
	what    string
	visible bool
	bar     *progressbar.ProgressBar
}

func newBar(w io.Writer, what string) *shareBar {
	return &shareBar{start: time.Now(), w: w, what: what, visible: isTerminal(w)}
}

// Share tells the bar how much is done, from 0 to 1. It may be called from
// several goroutines.
func (b *shareBar) Share(done float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.visible {
		return
	}
	if b.bar == nil {
		if time.Since(b.start) < 2*time.Second {
			return
		}
		b.bar = progressbar.NewOptions(1000, progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription(b.what), progressbar.OptionClearOnFinish())
	}
	_ = b.bar.Set(int(1000 * done))
}

// Finish takes the bar away.
func (b *shareBar) Finish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		_ = b.bar.Finish()
		b.bar = nil
	}
	b.visible = false
}
