//go:build linux || darwin

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// ErrNotChild is returned by Serve where the process was not started by Start.
var ErrNotChild = errors.New("`windage engine` is started by `windage run` and others of our own commands, which hand it its sockets and password; it does nothing by itself")

// shutdownGrace is how long running statements may take once the child was
// told to end. The parent waits a little longer before it kills.
const shutdownGrace = 10 * time.Second

// Serve is the whole life of the child process: it takes over the files that
// Start passed on, opens the library, serves, and returns when the parent
// closes the lifeline or dies.
func Serve(log *slog.Logger) error {
	if os.Getenv(childEnv) != "1" {
		return ErrNotChild
	}
	cfgFile, ready, lock := os.NewFile(fdConfig, "config"), os.NewFile(fdReady, "ready"), os.NewFile(fdLock, "lock")
	if _, err := cfgFile.Stat(); err != nil {
		return ErrNotChild
	}
	defer lock.Close()
	// A terminal's Ctrl-C reaches the child too; the parent decides when it ends.
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
	cfg, err := readConfig(cfgFile)
	if err != nil {
		return ErrNotChild
	}
	srv, l, err := open(cfg, log)
	answer := childReady{}
	if err != nil {
		answer.Error = err.Error()
	} else {
		answer.Version = fmt.Sprintf("%d.%d.%d", srv.version[0], srv.version[1], srv.version[2])
	}
	tell := json.NewEncoder(ready)
	_ = tell.Encode(answer)
	defer ready.Close()
	if err != nil {
		return err
	}

	stopped := make(chan struct{})
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		defer close(stopped)
		lifeline := make(chan struct{})
		go func() { _, _ = io.Copy(io.Discard, cfgFile); close(lifeline) }()
		select {
		case <-lifeline:
		case <-term:
		case ex := <-srv.damaged:
			log.Error("a part of the data is damaged; ending to be started anew", "error", ex)
			_ = tell.Encode(childReady{Damage: ex.Error()})
		}
		_ = l.Close()
		ctx, cancel := context.WithTimeout(context.Background(), shutdownGrace)
		defer cancel()
		srv.shutdown(ctx)
	}()
	err = srv.serve(l)
	if err == nil {
		<-stopped
	}
	return err
}

func open(cfg childConfig, log *slog.Logger) (*server, net.Listener, error) {
	f := os.NewFile(fdListener, "listener")
	l, err := net.FileListener(f)
	_ = f.Close()
	if err != nil {
		return nil, nil, fmt.Errorf("taking over the listening socket: %w", err)
	}
	lib, err := openLibrary(cfg.Library)
	if err != nil {
		return nil, nil, err
	}
	srv, err := newServer(lib, cfg, log)
	if err != nil {
		return nil, nil, err
	}
	return srv, l, nil
}
