// Package proc starts a windage of one's own as a child process and knows
// when it is ready: for the demo, the end-to-end tests and the benchmarks.
// What it does not do: anything that a user of `windage run` could not.
package proc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Addresses is where a running windage listens, as `windage run` writes it to
// run.json in its data folder.
type Addresses struct {
	PID      int    `json:"pid"`
	OTLPGRPC string `json:"otlp_grpc"`
	OTLPHTTP string `json:"otlp_http"`
	HTTP     string `json:"http"`
	Signals  string `json:"signals"`
}

// URL is the base URL of an address.
func URL(address string) string { return "http://" + address }

// Process is a running `windage run`.
type Process struct {
	Addresses
	DataDir string

	cmd  *exec.Cmd
	done chan struct{}
	err  error // of Wait; read after done is closed
}

// ErrExited is returned when the process ended before it was ready.
var ErrExited = errors.New("windage run ended before it was ready")

// Start runs `binary run --data-dir dataDir args…` with every listener on a
// free loopback port unless args say otherwise, and returns once its /readyz
// answers 200. What the process logs goes to log.
func Start(ctx context.Context, binary, dataDir string, log io.Writer, args ...string) (*Process, error) {
	all := []string{"run", "--data-dir", dataDir}
	listeners := []string{"--http", "--signals", "--otlp-grpc", "--otlp-http"}
	if slices.Contains(args, "evaluator") {
		listeners = listeners[:2] // that role takes in no OTLP
	}
	for _, flag := range listeners {
		if !given(args, flag) {
			all = append(all, flag, "127.0.0.1:0")
		}
	}
	cmd := exec.Command(binary, append(all, args...)...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", binary, err)
	}
	p := &Process{DataDir: dataDir, cmd: cmd, done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := p.waitReady(ctx); err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

func given(args []string, flag string) bool {
	for _, a := range args {
		if a == flag || strings.HasPrefix(a, flag+"=") {
			return true
		}
	}
	return false
}

func (p *Process) waitReady(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	last := errors.New("run.json not written yet")
	for {
		select {
		case <-p.done:
			return fmt.Errorf("%w: %w", ErrExited, p.err)
		case <-ctx.Done():
			return fmt.Errorf("waiting for windage to be ready: %w (last: %w)", ctx.Err(), last)
		case <-tick.C:
		}
		if last = p.probe(ctx); last == nil {
			return nil
		}
	}
}

// probe reads the addresses that this process wrote and asks /readyz.
func (p *Process) probe(ctx context.Context) error {
	b, err := os.ReadFile(filepath.Join(p.DataDir, "run.json"))
	if err != nil {
		return err
	}
	var a Addresses
	if err := json.Unmarshal(b, &a); err != nil {
		return fmt.Errorf("reading run.json: %w", err)
	}
	if a.PID != p.cmd.Process.Pid {
		return fmt.Errorf("run.json is of process %d, not ours", a.PID)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, URL(a.HTTP)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 1024))
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("/readyz: %s: %s", resp.Status, said)
	}
	p.Addresses = a
	return nil
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Kill ends the process with SIGKILL, as a crash or the kernel would.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Stop asks the process to end (SIGTERM) and waits; past the grace period it
// is killed and an error returned.
func (p *Process) Stop(grace time.Duration) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping windage: %w", err)
	}
	select {
	case <-p.done:
		return p.err
	case <-time.After(grace):
		p.Kill()
		return fmt.Errorf("windage did not stop within %s and was killed", grace)
	}
}
