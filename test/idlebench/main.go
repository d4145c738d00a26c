// Command idlebench measures what each role of windage costs while nothing
// happens: the time from start to ready, and the resident memory five seconds
// later, of the process and of its engine child.
//
//	idlebench -windage bin/windage -out idle.json
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/windage-dev/windage/internal/proc"
	"github.com/windage-dev/windage/store/engine"
)

// figure is the form in which every benchmark of the project writes a number;
// the baseline is the role all-in-one.
type figure struct {
	Value    float64 `json:"value"`
	Baseline float64 `json:"baseline"`
	Ratio    float64 `json:"ratio"`
	Unit     string  `json:"unit"`
	N        int     `json:"n"`
}

const allInOne = "all-in-one"

var roles = []string{allInOne, "sidecar", "evaluator", "gateway"}

func main() {
	binary := flag.String("windage", "bin/windage", "the windage binary")
	n := flag.Int("n", 3, "starts of each role")
	out := flag.String("out", "", "file to write the figures to")
	flag.Parse()
	figures, err := run(context.Background(), *binary, *n)
	if err != nil {
		log.Fatal("idlebench: ", err)
	}
	j, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		log.Fatal("idlebench: ", err)
	}
	fmt.Println(string(j))
	if *out != "" {
		if err := os.WriteFile(*out, append(j, '\n'), 0o644); err != nil {
			log.Fatal("idlebench: ", err)
		}
	}
}

func run(ctx context.Context, binary string, n int) (map[string]figure, error) {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "idlebench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	e, err := engine.Start(ctx, engine.Options{
		DataDir: filepath.Join(dir, "engine"), Command: []string{binary, "engine"}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = e.Close(ctx) }()
	if said, err := exec.CommandContext(ctx, binary, "schema", "apply", "--dsn", e.DSN()).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("making the schema: %w\n%s", err, said)
	}

	ready, rss, child := map[string][]float64{}, map[string][]float64{}, []float64{}
	for i := range n {
		for _, role := range roles {
			args := []string{"--role", role}
			if role != allInOne {
				args = append(args, "--dsn", e.DSN())
			}
			began := time.Now()
			start, cancel := context.WithTimeout(ctx, time.Minute)
			p, err := proc.Start(start, binary, filepath.Join(dir, fmt.Sprint(role, i)), io.Discard, args...)
			cancel()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", role, err)
			}
			ready[role] = append(ready[role], time.Since(began).Seconds())
			time.Sleep(5 * time.Second)
			rss[role] = append(rss[role], resident(p.PID))
			if role == allInOne {
				child = append(child, resident(childOf(p.PID)))
			}
			if err := p.Stop(30 * time.Second); err != nil {
				return nil, fmt.Errorf("%s: %w", role, err)
			}
		}
	}
	figures := map[string]figure{}
	for _, role := range roles {
		name := strings.ReplaceAll(role, "-", "_")
		figures[name+"_ready_seconds"] = of(ready[role], ready[allInOne], "seconds")
		figures[name+"_rss_bytes"] = of(rss[role], rss[allInOne], "bytes")
	}
	figures["engine_rss_bytes"] = of(child, rss[allInOne], "bytes")
	return figures, nil
}

func of(v, base []float64, unit string) figure {
	f := figure{Value: median(v), Baseline: median(base), Unit: unit, N: len(v)}
	f.Ratio = f.Value / f.Baseline
	return f
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// resident is the resident memory of a process in bytes (VmRSS, proc(5)).
func resident(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb * 1024
		}
	}
	return 0
}

// childOf is the first child of a process.
func childOf(pid int) int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err == nil && len(strings.Fields(string(b))) > 0 {
		n, _ := strconv.Atoi(strings.Fields(string(b))[0])
		return n
	}
	// The child may have been forked from another thread.
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		if b, err := os.ReadFile(t); err == nil && len(strings.Fields(string(b))) > 0 {
			n, _ := strconv.Atoi(strings.Fields(string(b))[0])
			return n
		}
	}
	return 0
}
