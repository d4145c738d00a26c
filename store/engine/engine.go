package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// User is the one user of an embedded engine.
const User = "windage"

// Options configure Start. The zero value of every field but DataDir is
// a sensible default.
type Options struct {
	// DataDir is the folder that is locked; the data lie in its subfolder
	// clickhouse, and RunningFile beside it says where the engine listens. It is
	// made where missing, readable by its owner only.
	DataDir string
	// Library is the path of libchdb; default FindLibrary.
	Library string
	// MemoryLimit caps the engine's memory in bytes; queries beyond it fail
	// with ClickHouse's MEMORY_LIMIT_EXCEEDED. Default 1 GiB, least 256 MiB.
	MemoryLimit int64
	// Listen is a loopback address; default 127.0.0.1:0, a free port.
	Listen string
	// Command starts the child; default this executable with argument
	// "engine". The process must call Serve.
	Command []string
	// Env is added to the child's environment.
	Env []string
	// StartTimeout bounds the wait for the engine to be ready; default 60 s,
	// which a large data folder on a slow disk may need.
	StartTimeout time.Duration
	// Logger gets the child's output and the supervisor's words; default slog.Default.
	Logger *slog.Logger
}

func (o *Options) defaults() error {
	if o.DataDir == "" {
		return errors.New("engine: DataDir is not set")
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	o.DataDir = dir
	if o.Library == "" {
		if o.Library, err = FindLibrary(); err != nil {
			return err
		}
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = 1 << 30
	}
	if o.MemoryLimit < 256<<20 {
		return fmt.Errorf("engine: memory limit is %d bytes; at least %d (256 MiB) are needed", o.MemoryLimit, 256<<20)
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if len(o.Command) == 0 {
		exe, err := os.Executable()
		if err != nil {
			return fmt.Errorf("engine: finding this executable: %w", err)
		}
		o.Command = []string{exe, "engine"}
	}
	if o.StartTimeout == 0 {
		o.StartTimeout = time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return nil
}

// Engine is a supervised embedded ClickHouse.
type Engine struct {
	opts     Options
	lock     *os.File
	listener *net.TCPListener
	password string
	version  atomic.Value // string

	up       atomic.Bool
	restarts atomic.Int64
	damages  atomic.Int64
	patience atomic.Int64 // of the next child, see damage

	mu     sync.Mutex
	child  *child
	cancel context.CancelFunc
	done   chan struct{} // closed when the supervisor has ended
}

// child is one running child process.
type child struct {
	cmd      *exec.Cmd
	lifeline *os.File
	exited   chan struct{}
	err      error    // how it ended; read after exited
	ready    *os.File // its answer, and its last word if it has one
	words    *json.Decoder
	tail     *tailWriter
}

// Start starts an embedded engine on a data folder and returns once it takes
// connections. It fails with *LockedError where another process has the
// folder open, and with *MissingLibraryError where libchdb is not found.
func Start(ctx context.Context, opts Options) (*Engine, error) {
	if err := opts.defaults(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(opts.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	lock, err := lockDir(opts.DataDir, shutdownGrace+5*time.Second)
	if err != nil {
		return nil, err
	}
	l, err := listen(opts.Listen)
	if err != nil {
		_ = lock.Close()
		return nil, err
	}
	secret := make([]byte, 24)
	_, _ = rand.Read(secret)
	e := &Engine{
		opts: opts, lock: lock, listener: l, done: make(chan struct{}),
		password: base64.RawURLEncoding.EncodeToString(secret),
	}
	c, err := e.spawn(ctx)
	if err != nil {
		_ = l.Close()
		_ = lock.Close()
		return nil, err
	}
	if err := e.announce(); err != nil {
		_ = e.abandon(c, nil)
		_ = l.Close()
		_ = lock.Close()
		return nil, err
	}
	watchCtx, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	go e.supervise(watchCtx, c)
	return e, nil
}

func listen(addr string) (*net.TCPListener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("engine: listen address %q: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("engine: listen address %q is not a loopback address; to serve others, run a ClickHouse server", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	return l.(*net.TCPListener), nil
}

// Addr is host and port of the native protocol.
func (e *Engine) Addr() string { return e.listener.Addr().String() }

// DSN is the clickhouse:// URL of the engine, with its password. It stays
// valid when the child is restarted.
func (e *Engine) DSN() string {
	u := url.URL{Scheme: "clickhouse", User: url.UserPassword(User, e.password), Host: e.Addr(), Path: "/default"}
	return u.String()
}

// Version is that of ClickHouse inside the library, e.g. "26.7.2".
func (e *Engine) Version() string { v, _ := e.version.Load().(string); return v }

// Up reports whether the child is serving.
func (e *Engine) Up() bool { return e.up.Load() }

// Restarts counts the children that were started after the first.
func (e *Engine) Restarts() int64 { return e.restarts.Load() }

// Damages counts the children that ended because a part of the data was
// damaged: starting anew sets it aside.
func (e *Engine) Damages() int64 { return e.damages.Load() }

// PID is the process id of the running child, 0 while there is none.
func (e *Engine) PID() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.child == nil {
		return 0
	}
	return e.child.cmd.Process.Pid
}

// Close stops the engine: running statements may finish until ctx is done or
// the grace period (10 s) is over. It is safe to call twice.
func (e *Engine) Close(ctx context.Context) error {
	e.cancel()
	select {
	case <-e.done:
	case <-ctx.Done():
		e.mu.Lock()
		if e.child != nil {
			_ = e.child.cmd.Process.Kill()
		}
		e.mu.Unlock()
		<-e.done
		return fmt.Errorf("stopping the embedded engine: %w", ctx.Err())
	}
	return nil
}

// supervise waits for the child to end and starts the next one, ever more
// slowly while they keep dying soon.
func (e *Engine) supervise(ctx context.Context, c *child) {
	defer close(e.done)
	defer func() {
		_ = e.listener.Close()
		_ = os.Remove(filepath.Join(e.opts.DataDir, RunningFile))
		_ = e.lock.Close()
	}()
	const (
		first   = 100 * time.Millisecond
		longest = 30 * time.Second
		healthy = time.Minute
	)
	backoff := first
	for {
		started := time.Now()
		select {
		case <-ctx.Done():
			e.stop(c)
			return
		case <-c.exited:
		}
		e.setChild(nil)
		if time.Since(started) > 2*longestPatience {
			e.patience.Store(0)
		}
		if time.Since(started) > healthy {
			backoff = first
		}
		if why := c.lastWord(); why != "" {
			e.damages.Add(1)
			e.patience.Store(int64(morePatience(time.Duration(e.patience.Load()))))
			e.opts.Logger.Error("embedded engine met damaged data, as after a full disk; restarting it, which sets the damaged part aside", "error", why, "wait", backoff)
		} else {
			e.opts.Logger.Error("embedded engine ended unexpectedly; restarting it", "error", c.err, "after", time.Since(started).Round(time.Millisecond), "wait", backoff, "last_output", c.tail.String())
		}
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(backoff):
			}
			backoff = min(2*backoff, longest)
			e.restarts.Add(1)
			next, err := e.spawn(ctx)
			if err == nil {
				c = next
				break
			}
			if ctx.Err() != nil {
				return
			}
			e.opts.Logger.Error("embedded engine did not start; trying again", "error", err, "wait", backoff)
		}
	}
}

func (e *Engine) setChild(c *child) {
	e.mu.Lock()
	e.child = c
	e.mu.Unlock()
	e.up.Store(c != nil)
}

// stop lets the child end by itself, and kills it where it does not.
func (e *Engine) stop(c *child) {
	e.up.Store(false)
	defer c.ready.Close()
	_ = c.lifeline.Close()
	select {
	case <-c.exited:
	case <-time.After(shutdownGrace + 5*time.Second):
		_ = c.cmd.Process.Kill()
		<-c.exited
	}
	e.setChild(nil)
}

// spawn starts a child and waits until it is ready.
func (e *Engine) spawn(ctx context.Context) (*child, error) {
	cfgR, cfgW, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	readyR, readyW, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("engine: %w", errors.Join(err, cfgR.Close(), cfgW.Close()))
	}
	socket, err := e.listener.File()
	if err != nil {
		return nil, fmt.Errorf("engine: %w", errors.Join(err, cfgR.Close(), cfgW.Close(), readyR.Close(), readyW.Close()))
	}
	c := &child{lifeline: cfgW, exited: make(chan struct{}), ready: readyR, words: json.NewDecoder(readyR), tail: &tailWriter{log: e.opts.Logger}}
	c.cmd = exec.Command(e.opts.Command[0], e.opts.Command[1:]...) //nolint:gosec // our own executable, or what the caller says
	c.cmd.Env = append(append(os.Environ(), "TZ=UTC", childEnv+"=1"), e.opts.Env...)
	c.cmd.Dir = e.opts.DataDir
	c.cmd.ExtraFiles = []*os.File{cfgR, readyW, socket, e.lock}
	c.cmd.Stdout, c.cmd.Stderr = c.tail, c.tail
	err = c.cmd.Start()
	_, _, _ = cfgR.Close(), readyW.Close(), socket.Close()
	if err != nil {
		_, _ = cfgW.Close(), readyR.Close()
		return nil, fmt.Errorf("starting the embedded engine: %w", err)
	}
	go func() {
		c.err = c.cmd.Wait()
		close(c.exited)
	}()
	answers := make(chan childReady, 1)
	go func() {
		var r childReady
		if err := c.words.Decode(&r); err != nil {
			r.Error = "it ended before it was ready"
		}
		answers <- r
	}()
	cfg := childConfig{DataDir: filepath.Join(e.opts.DataDir, "clickhouse"), Library: e.opts.Library, MemoryLimit: e.opts.MemoryLimit, User: User, Password: e.password, Patience: time.Duration(e.patience.Load())}
	if err := json.NewEncoder(cfgW).Encode(cfg); err != nil {
		return nil, e.abandon(c, fmt.Errorf("embedded engine: it ended before it was ready (handing over its configuration: %w)", err))
	}
	select {
	case r := <-answers:
		if r.Error != "" {
			return nil, e.abandon(c, fmt.Errorf("embedded engine: %s", r.Error))
		}
		e.version.Store(r.Version)
	case <-ctx.Done():
		return nil, e.abandon(c, fmt.Errorf("waiting for the embedded engine: %w", ctx.Err()))
	case <-time.After(e.opts.StartTimeout):
		return nil, e.abandon(c, fmt.Errorf("embedded engine was not ready within %s", e.opts.StartTimeout))
	}
	e.setChild(c)
	return c, nil
}

// lastWord is why a child that has ended wants to be started anew; "" where it
// said nothing.
func (c *child) lastWord() string {
	var last childReady
	_ = c.words.Decode(&last)
	_ = c.ready.Close()
	return last.Damage
}

// abandon ends a child that did not get ready and adds its last words to err.
func (e *Engine) abandon(c *child, err error) error {
	defer c.ready.Close()
	_ = c.lifeline.Close()
	select {
	case <-c.exited:
	case <-time.After(2 * time.Second):
		_ = c.cmd.Process.Kill()
		<-c.exited
	}
	if t := c.tail.String(); t != "" && err != nil {
		return fmt.Errorf("%w; its last output: %s", err, t)
	}
	return err
}

// tailWriter logs a child's output line by line and keeps the end of it.
type tailWriter struct {
	log  *slog.Logger
	mu   sync.Mutex
	line []byte
	last []string
}

// Write takes output of the child.
func (t *tailWriter) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.line = append(t.line, p...)
	for {
		i := bytes.IndexByte(t.line, '\n')
		if i < 0 {
			if len(t.line) > 64<<10 {
				i = len(t.line) - 1
			} else {
				return len(p), nil
			}
		}
		line := strings.TrimSpace(string(t.line[:i]))
		t.line = t.line[i+1:]
		if line == "" {
			continue
		}
		t.log.Debug("embedded engine: " + line)
		if t.last = append(t.last, line); len(t.last) > 20 {
			t.last = t.last[1:]
		}
	}
}

// String is the last lines of output.
func (t *tailWriter) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(strings.Join(t.last, "\n") + "\n" + string(t.line))
}

var _ io.Writer = (*tailWriter)(nil)
