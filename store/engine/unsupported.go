//go:build !linux && !darwin

package engine

import (
	"errors"
	"log/slog"
	"os"
	"time"
)

// LockFile is the name of the lock in a data folder.
const LockFile = "windage.lock"

const shutdownGrace = 10 * time.Second

// LockedError says that another process has the data folder open.
type LockedError struct {
	Dir string
	PID int
}

func (e *LockedError) Error() string { return "data folder " + e.Dir + " is in use" }

var errUnsupported = errors.New("the embedded engine exists for Linux and macOS only; use a ClickHouse server with --dsn")

func lockDir(string, time.Duration) (*os.File, error) { return nil, errUnsupported }

// Serve is the child process; there is none on this system.
func Serve(*slog.Logger) error { return errUnsupported }

// Unused reports whether no process has the data folder open.
func Unused(string) bool { return true }

func alive(int) bool { return false }
