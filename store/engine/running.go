package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// RunningFile is the name of the file in a data folder that tells other
// processes of the same user how to reach the engine that has it open. It
// holds the engine's password: mode 0600.
const RunningFile = "engine.json"

// Running is what RunningFile holds.
type Running struct {
	PID     int    `json:"pid"` // of the process that supervises the engine
	DSN     string `json:"dsn"`
	Version string `json:"version"` // of ClickHouse
}

func (e *Engine) announce() error {
	b, err := json.Marshal(Running{PID: os.Getpid(), DSN: e.DSN(), Version: e.Version()})
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	path := filepath.Join(e.opts.DataDir, RunningFile)
	if err := os.WriteFile(path+".new", append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	return nil
}

// FindRunning reports the engine that has a data folder open, if any does.
func FindRunning(dir string) (Running, bool, error) {
	var r Running
	b, err := os.ReadFile(filepath.Join(dir, RunningFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("engine: %w", err)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, false, fmt.Errorf("engine: reading %s: %w", RunningFile, err)
	}
	// A process that was killed leaves its file behind.
	return r, alive(r.PID) && !Unused(dir), nil
}

// HasData reports whether an engine has ever written into the folder.
func HasData(dir string) bool {
	st, err := os.Stat(filepath.Join(dir, "clickhouse"))
	return err == nil && st.IsDir()
}
