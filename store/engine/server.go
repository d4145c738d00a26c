//go:build linux || darwin

package engine

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// server serves the native protocol out of one loaded library.
type server struct {
	lib      *library
	log      *slog.Logger
	args     []string // of every session
	user     string
	password string
	version  [3]int
	timezone string

	admin   *session // for what the server asks itself; keeps the engine up
	adminMu sync.Mutex

	damage  damage
	damaged chan *Exception // told once, when the engine is to be started anew

	nextConn atomic.Uint64
	wg       sync.WaitGroup
	mu       sync.Mutex
	conns    map[*conn]struct{}
	closing  bool
}

// newServer boots the engine on the data folder.
func newServer(lib *library, cfg childConfig, log *slog.Logger) (*server, error) {
	s := &server{
		lib: lib, log: log, user: cfg.User, password: cfg.Password,
		args:    []string{"windage", "--path=" + cfg.DataDir},
		conns:   map[*conn]struct{}{},
		damage:  damage{started: time.Now(), patience: cfg.Patience},
		damaged: make(chan *Exception, 1),
	}
	admin, err := lib.open(append(slices.Clone(s.args), cfg.serverArgs()...)...)
	if err != nil {
		return nil, fmt.Errorf("opening data folder %s: %w", cfg.DataDir, err)
	}
	s.admin = admin
	row, err := s.ask("SELECT version(), timezone()")
	if err != nil {
		return nil, fmt.Errorf("asking the engine for its version: %w", err)
	}
	version, tz, _ := strings.Cut(strings.TrimSpace(row), "\t")
	s.timezone = tz
	_, _ = fmt.Sscanf(version, "%d.%d.%d", &s.version[0], &s.version[1], &s.version[2])
	return s, nil
}

// ask runs a query on the admin session and gives its rows as TSV.
func (s *server) ask(sql string) (string, error) {
	s.adminMu.Lock()
	defer s.adminMu.Unlock()
	r, err := s.admin.query(sql, "TSV", nil)
	if err != nil {
		return "", err
	}
	defer r.free()
	return string(r.bytes()), nil
}

// serve accepts connections until the listener closes.
func (s *server) serve(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			var ne net.Error
			if errors.As(err, &ne) && ne.Timeout() {
				continue
			}
			return fmt.Errorf("accepting connections: %w", err)
		}
		cn := &conn{srv: s, id: s.nextConn.Add(1), net: c, r: bufio.NewReaderSize(c, 128<<10)}
		s.mu.Lock()
		if s.closing {
			s.mu.Unlock()
			_ = c.Close()
			continue
		}
		s.conns[cn] = struct{}{}
		s.wg.Add(1)
		s.mu.Unlock()
		go func() {
			defer s.wg.Done()
			cn.serve()
			s.mu.Lock()
			delete(s.conns, cn)
			s.mu.Unlock()
		}()
	}
}

// shutdown ends idle connections at once, running statements when they are
// done or the context is, and then closes the engine.
func (s *server) shutdown(ctx context.Context) {
	s.mu.Lock()
	s.closing = true
	for c := range s.conns {
		c.drain()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		s.mu.Lock()
		for c := range s.conns {
			c.kill()
			_ = c.net.Close()
		}
		s.mu.Unlock()
		select {
		case <-done:
		case <-time.After(2 * time.Second):
			s.log.Warn("statements still running at shutdown; leaving them to recovery at the next start")
			return
		}
	}
	s.adminMu.Lock()
	s.admin.close()
	s.adminMu.Unlock()
}
