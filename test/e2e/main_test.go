package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/proc"
)

var buildOnce = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("WINDAGE_BIN"); bin != "" {
		return filepath.Abs(bin)
	}
	dir, err := os.MkdirTemp("", "windage-e2e-")
	if err != nil {
		return "", err
	}
	built = dir
	bin := filepath.Join(dir, "windage")
	out, err := exec.Command("go", "build", "-o", bin, "github.com/windage-dev/windage/cmd/windage").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building windage: %w\n%s", err, out)
	}
	return bin, nil
})

var built string // folder of the binary that these tests built

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// windage is the windage under test, built once.
func windage(t *testing.T) string {
	t.Helper()
	bin, err := buildOnce()
	require.NoError(t, err)
	return bin
}

// start runs windage in dir and stops it when the test ends. What it logged
// is shown if the test fails.
func start(t *testing.T, dir string, args ...string) *proc.Process {
	t.Helper()
	log := new(syncBuffer)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	p, err := proc.Start(ctx, windage(t), dir, log, args...)
	require.NoError(t, err, "%s", log)
	t.Cleanup(func() {
		select {
		case <-p.Done():
		default:
			if err := p.Stop(30 * time.Second); err != nil {
				t.Errorf("stopping windage: %v", err)
			}
		}
		if t.Failed() {
			t.Logf("windage in %s logged:\n%s", dir, log)
		}
	})
	return p
}

// syncBuffer keeps the last of what a process logs.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.b.Len() > 256<<10 {
		s.b.Next(s.b.Len() / 2)
	}
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
