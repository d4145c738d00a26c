package calc

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
)

// MaxCaseBytes is the longest case that is read.
const MaxCaseBytes = 256 << 20

// job is one case on its way: raw text in, one line of JSON out.
type job struct {
	raw   []byte
	where string // "line 3" or "item 2", for errors
	bad   error  // the text could not be read at all
	out   []byte
	isBad bool
	done  chan struct{}
}

// Run reads cases from r, a JSON array or one JSON object a line, and writes
// one line of JSON per case to w, in the order of the input, computing on all
// cores. Data files are opened in files. It returns the number of cases that
// could not be read as a case; err is only about reading r and writing w.
func Run(r io.Reader, w io.Writer, files fs.FS) (unread int, err error) {
	workers := runtime.GOMAXPROCS(0)
	queue := make(chan *job, 4*workers) // in input order
	work := make(chan *job, 4*workers)
	stop := make(chan struct{})
	for range workers {
		go func() {
			for j := range work {
				j.compute(files)
				close(j.done)
			}
		}()
	}
	readErr := make(chan error, 1)
	go func() {
		defer close(work)
		defer close(queue)
		readErr <- split(r, func(raw []byte, where string, bad error) bool {
			j := &job{raw: raw, where: where, bad: bad, done: make(chan struct{})}
			select {
			case queue <- j:
			case <-stop:
				return false
			}
			work <- j
			return true
		})
	}()
	out := bufio.NewWriterSize(w, 1<<16)
	for j := range queue {
		<-j.done
		if j.isBad {
			unread++
		}
		if err == nil {
			if _, err = out.Write(j.out); err == nil && len(queue) == 0 {
				err = out.Flush() // nothing waits: show what is there
			}
			if err != nil {
				close(stop)
			}
		}
	}
	if err == nil {
		err = out.Flush()
	}
	return unread, errors.Join(err, <-readErr)
}

func (j *job) compute(files fs.FS) {
	if j.bad != nil {
		j.out, j.isBad = line("", nil, nil, fmt.Errorf("%s: %w", j.where, inWords(j.bad))), true
		return
	}
	c, err := ParseCase(j.raw, files)
	if err != nil {
		j.out, j.isBad = line("", nil, nil, fmt.Errorf("%s: %w", j.where, inWords(err))), true
		return
	}
	v, err := Answer(c)
	if err != nil && c.ID == "" {
		err = fmt.Errorf("%s: %w", j.where, err)
	}
	j.out, j.raw = line(c.ID, v, c.Unused(), err), nil
}

// split cuts the input into cases and hands each to yield until it says stop.
func split(r io.Reader, yield func(raw []byte, where string, bad error) bool) error {
	in := bufio.NewReaderSize(r, 1<<16)
	for {
		c, _, err := in.ReadRune()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading cases: %w", err)
		}
		switch c {
		case ' ', '\t', '\r', '\n', '\ufeff':
			if c == '\n' {
				_ = in.UnreadRune() // keep the line count right
				return splitLines(in, yield)
			}
		case '[':
			_ = in.UnreadRune()
			return splitArray(in, yield)
		default:
			_ = in.UnreadRune()
			return splitLines(in, yield)
		}
	}
}

func splitArray(in *bufio.Reader, yield func([]byte, string, error) bool) error {
	dec := json.NewDecoder(in)
	if _, err := dec.Token(); err != nil {
		return fmt.Errorf("reading cases: %w", err)
	}
	for n := 1; dec.More(); n++ {
		var raw json.RawMessage
		where := fmt.Sprintf("item %d", n)
		if err := dec.Decode(&raw); err != nil {
			// What follows a syntax error in an array cannot be told apart.
			yield(nil, where, fmt.Errorf("at byte %d: %w", dec.InputOffset(), err))
			return nil
		}
		if !yield(raw, where, nil) {
			return nil
		}
	}
	if _, err := dec.Token(); err != nil {
		yield(nil, "end of the list", fmt.Errorf("at byte %d: %w", dec.InputOffset(), err))
	}
	return nil
}

func splitLines(in *bufio.Reader, yield func([]byte, string, error) bool) error {
	for n := 1; ; n++ {
		raw, tooLong, err := readLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading line %d: %w", n, err)
		}
		where := fmt.Sprintf("line %d", n)
		switch trimmed := bytes.TrimSpace(raw); {
		case tooLong:
			if !yield(nil, where, fmt.Errorf("longer than %d bytes", MaxCaseBytes)) {
				return nil
			}
		case len(trimmed) > 0:
			if !yield(trimmed, where, nil) {
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

// readLine reads one line of any length up to MaxCaseBytes; of a longer one it
// skips the rest.
func readLine(in *bufio.Reader) (raw []byte, tooLong bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if !tooLong {
			raw = append(raw, part...)
			if len(raw) > MaxCaseBytes {
				raw, tooLong = nil, true
			}
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return raw, tooLong, err
		}
	}
}
