package spanstore

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// deadLetters writes rows that the store can never take to files of one day
// each, one JSON object a line. What people and models said is not among a
// row's JSON fields, so it never gets there.
type deadLetters struct {
	dir string
	max int64

	mu   sync.Mutex
	size int64 // of all files; -1 unknown
}

// letter is one line of a dead letter file.
type letter struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	Error  string    `json:"error,omitempty"`
	Kind   string    `json:"what"` // span or signal
	Row    any       `json:"row"`
}

const maxErrorText = 500

// write appends the letters, and reports how many found room.
func (d *deadLetters) write(letters []letter) (written int, err error) {
	if d.max == 0 || d.dir == "" || len(letters) == 0 {
		return 0, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return 0, fmt.Errorf("dead letters: %w", err)
	}
	if err := d.measure(); err != nil {
		return 0, err
	}
	path := filepath.Join(d.dir, letters[0].At.UTC().Format("2006-01-02")+".jsonl")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("dead letters: %w", err)
	}
	defer func() {
		if e := f.Close(); err == nil && e != nil {
			err = fmt.Errorf("dead letters: %w", e)
		}
	}()
	for i := range letters {
		if len(letters[i].Error) > maxErrorText {
			letters[i].Error = letters[i].Error[:maxErrorText]
		}
		b, err := json.Marshal(&letters[i])
		if err != nil { // a number that JSON cannot say
			letters[i].Error, letters[i].Row = letters[i].Error+"; "+err.Error(), nil
			if b, err = json.Marshal(&letters[i]); err != nil {
				return written, fmt.Errorf("dead letters: %w", err)
			}
		}
		if d.size+int64(len(b))+1 > d.max {
			return written, nil
		}
		n, err := f.Write(append(b, '\n'))
		d.size += int64(n)
		if err != nil {
			return written, fmt.Errorf("dead letters: %w", err)
		}
		written++
	}
	return written, nil
}

// measure finds out how much room the files of earlier runs take.
func (d *deadLetters) measure() error {
	if d.size > 0 {
		return nil
	}
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	d.size = 0
	for _, e := range entries {
		if i, err := e.Info(); err == nil && i.Mode().IsRegular() {
			d.size += i.Size()
		}
	}
	return nil
}
