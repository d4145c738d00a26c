package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strings"
	"time"
)

// event is one line of `go test -json` (cmd/internal/test2json).
type event struct {
	Action, Package, Test, Output, ImportPath, FailedBuild string
	Elapsed                                                float64
}

// key names one test; an empty test is the package itself.
type key struct{ pkg, test string }

// Summary is the outcome of one `go test` run.
type Summary struct {
	Passed, Failed, Skipped int

	failures []failure
	skips    []string
	packages []timed
	broken   map[string]bool // packages in which something failed
}

type failure struct{ name, output string }

type timed struct {
	name string
	took time.Duration
}

// OK reports whether at least one test ran and none failed.
func (s *Summary) OK() bool { return s.Failed == 0 && s.Passed > 0 }

// Read consumes a whole stream of test events. Lines that are not events
// (a tool's own chatter) are kept and shown as failures would be. Each package
// is reported to progress as it ends.
func Read(r io.Reader, progress io.Writer) (*Summary, error) {
	s := &Summary{broken: map[string]bool{}}
	output := map[key]*strings.Builder{}
	started, ended := map[key]bool{}, map[key]bool{}
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), 16<<20)
	for in.Scan() {
		var e event
		if err := json.Unmarshal(in.Bytes(), &e); err != nil || e.Action == "" {
			s.failures = append(s.failures, failure{"(not a test event)", in.Text() + "\n"})
			continue
		}
		k := key{e.Package, e.Test}
		if e.Package == "" {
			k.pkg = e.ImportPath
		}
		switch e.Action {
		case "run":
			started[k] = true
		case "output", "build-output":
			if output[k] == nil {
				output[k] = &strings.Builder{}
			}
			output[k].WriteString(e.Output)
		case "build-fail":
			s.fail(k, output[k])
		case "pass", "fail", "skip":
			ended[k] = true
			s.end(k, e, output[k])
			delete(output, k)
			if e.Test == "" && e.Action != "skip" {
				fmt.Fprintf(progress, "%-4s %7.1fs %s\n", e.Action, e.Elapsed, e.Package)
			}
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("reading test events: %w", err)
	}
	// A test that began and never ended took its package down with it.
	for k := range started {
		if !ended[k] {
			s.fail(k, output[k])
		}
	}
	return s, nil
}

func (s *Summary) end(k key, e event, out *strings.Builder) {
	if k.test == "" { // the package as a whole; its tests are counted one by one
		s.packages = append(s.packages, timed{k.pkg, time.Duration(e.Elapsed * float64(time.Second))})
		if e.Action == "fail" && out != nil && !onlyStatus(out.String()) {
			s.failures = append(s.failures, failure{k.pkg, out.String()})
		}
		if e.Action == "fail" && e.FailedBuild == "" && !s.broken[k.pkg] {
			s.Failed++ // without a failing test: TestMain, os.Exit, a race found after the end
		}
		return
	}
	switch e.Action {
	case "pass":
		s.Passed++
	case "fail":
		s.fail(k, out)
	case "skip":
		s.Skipped++
		s.skips = append(s.skips, k.String()+": "+reason(out))
	}
}

func (s *Summary) fail(k key, out *strings.Builder) {
	s.Failed++
	s.broken[k.pkg] = true
	text := ""
	if out != nil {
		text = out.String()
	}
	s.failures = append(s.failures, failure{k.String(), text})
}

func (k key) String() string {
	if k.test == "" {
		return k.pkg
	}
	return k.pkg + " " + k.test
}

// reason is what t.Skip was told: the last line that is not the runner's own.
func reason(out *strings.Builder) string {
	if out == nil {
		return "no reason given"
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		if l := strings.TrimSpace(lines[i]); l != "" && !strings.HasPrefix(l, "---") && !strings.HasPrefix(l, "===") {
			return l
		}
	}
	return "no reason given"
}

// onlyStatus reports whether a package's own output is no more than the
// runner's closing lines.
func onlyStatus(out string) bool {
	for l := range strings.Lines(out) {
		l = strings.TrimSpace(l)
		if l != "" && l != "FAIL" && l != "PASS" && !strings.HasPrefix(l, "FAIL\t") && !strings.HasPrefix(l, "exit status") && !strings.HasPrefix(l, "coverage:") {
			return false
		}
	}
	return true
}

// Print writes failures, skips, the slowest packages and the totals.
func (s *Summary) Print(w io.Writer) {
	for _, f := range s.failures {
		fmt.Fprintf(w, "FAIL %s\n%s\n", f.name, indent(f.output))
	}
	sort.Strings(s.skips)
	for _, k := range s.skips {
		fmt.Fprintf(w, "SKIP %s\n", k)
	}
	sort.Slice(s.packages, func(i, j int) bool { return s.packages[i].took > s.packages[j].took })
	for i, p := range s.packages {
		if i == 8 || p.took < time.Second {
			break
		}
		fmt.Fprintf(w, "%7.1fs %s\n", p.took.Seconds(), p.name)
	}
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", s.Passed, s.Failed, s.Skipped)
}

func indent(s string) string {
	var b strings.Builder
	for l := range strings.Lines(s) {
		b.WriteString("    ")
		b.WriteString(l)
	}
	return b.String()
}
