package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/demo"
	"github.com/windage-dev/windage/internal/proc"
)

func init() { register(newDemo) }

type demoOptions struct {
	once, json bool
	days       int
	seed       uint64
	keep       string
	library    string
}

func newDemo() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Play two AI products with three incidents, and show what windage finds",
		Long: `Starts the all-in-one windage on loopback with the embedded engine in a throw-away
folder, plays fourteen days of traffic of two imaginary AI products through the
public OTLP and signals endpoints, then three incidents, and shows what was
injected, what was found, when, and with which evidence.

It stays up for you to look around until Ctrl-C. With --once it ends by itself,
and its exit code is 0 only if a page tells of every incident and nothing else paged.`,
		Example: "  windage demo\n  windage demo --once --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return o.run(ctx, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.once, "once", false, "end by itself once the verdict is known")
	f.BoolVar(&o.json, "json", false, "print the verdict as JSON")
	f.IntVar(&o.days, "days", 14, "days of history to play before now (7 to 60)")
	f.Uint64Var(&o.seed, "seed", 1, "seed of the imaginary traffic")
	f.StringVar(&o.keep, "data-dir", "", "keep the data in this folder instead of a throw-away one")
	f.StringVar(&o.library, "engine-library", "", "path of libchdb (default: looked for as by windage run)")
	return cmd
}

// verdict is what the demo prints with --json.
type verdict struct {
	Injected        []demo.Incident   `json:"injected"`
	Found           []demo.Finding    `json:"found"`
	UnexpectedPages []demo.Finding    `json:"unexpected_pages"`
	Missed          []demo.Incident   `json:"missed"`
	Sent            sent              `json:"sent"`
	URLs            map[string]string `json:"urls"`
}

type sent struct {
	Spans   int     `json:"spans"`
	Signals int     `json:"signals"`
	Seconds float64 `json:"seconds"`
}

func (o *demoOptions) run(ctx context.Context, stdout, stderr io.Writer) error {
	if o.days < 7 || o.days > 60 {
		return fmt.Errorf("--days %d: want 7 to 60", o.days)
	}
	dir, cleanup, err := o.folder()
	if err != nil {
		return err
	}
	defer cleanup()

	specFile := filepath.Join(dir, "windage.yaml")
	if err := os.WriteFile(specFile, demo.Spec, 0o600); err != nil {
		return fmt.Errorf("writing the demo's spec: %w", err)
	}
	logFile, err := os.OpenFile(filepath.Join(dir, "windage.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening the demo's log: %w", err)
	}
	defer func() { _ = logFile.Close() }()

	p, err := o.start(ctx, dir, specFile, logFile, stderr)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, tail(logFile.Name()))
	}
	defer func() { _ = p.Stop(20 * time.Second) }()

	script := demo.NewScript(time.Now(), o.days)
	v := verdict{Injected: script.Incidents(), URLs: urls(p)}
	if v.Sent, err = o.play(ctx, p, script, stderr); err != nil {
		return err
	}
	if err := o.evaluate(ctx, p, &v, stderr); err != nil {
		return err
	}
	if err := v.print(stdout, o.json); err != nil {
		return err
	}
	if !o.once {
		_, _ = fmt.Fprintln(stderr, "\nStill watching. Ctrl-C ends the demo.")
		select {
		case <-ctx.Done():
		case <-p.Done():
			return errors.New("windage ended unexpectedly\n" + tail(logFile.Name()))
		}
		return nil
	}
	return v.err()
}

// folder is where the demo keeps its data, and how to leave it behind.
func (o *demoOptions) folder() (string, func(), error) {
	if o.keep != "" {
		if err := os.MkdirAll(o.keep, 0o700); err != nil {
			return "", nil, fmt.Errorf("creating --data-dir: %w", err)
		}
		return o.keep, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "windage-demo-")
	if err != nil {
		return "", nil, fmt.Errorf("creating a throw-away folder: %w", err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

func (o *demoOptions) start(ctx context.Context, dir, spec string, log, stderr io.Writer) (*proc.Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	args := []string{"--spec", spec}
	if !o.once && free("127.0.0.1:9464") {
		args = append(args, "--http", "127.0.0.1:9464")
	}
	if o.library != "" {
		args = append(args, "--engine-library", o.library)
	}
	_, _ = fmt.Fprintln(stderr, "starting windage with the embedded engine …")
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return proc.Start(ctx, self, filepath.Join(dir, "data"), log, args...)
}

func free(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// play sends the script's traffic and waits until the store has all of it.
func (o *demoOptions) play(ctx context.Context, p *proc.Process, script demo.Script, stderr io.Writer) (sent, error) {
	const step = 3 * time.Hour
	began := time.Now()
	bar := progressbar.NewOptions64(int64(script.Until.Sub(script.From)/step)+1,
		progressbar.OptionSetWriter(stderr), progressbar.OptionSetDescription(fmt.Sprintf("playing %d days of two products", o.days)),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetVisibility(isTerminal(stderr)))
	client := demo.Client{OTLP: proc.URL(p.OTLPHTTP), Signals: proc.URL(p.Signals), HTTP: &http.Client{Timeout: time.Minute}}
	var s sent
	for b := range demo.NewPlayer(script, o.seed).Batches(step) {
		if err := client.SendTraces(ctx, b.Traces); err != nil {
			return s, err
		}
		if err := client.SendSignals(ctx, b.Signals); err != nil {
			return s, err
		}
		s.Spans += b.Traces.SpanCount()
		s.Signals += len(b.Signals)
		_ = bar.Add(1)
	}
	_ = bar.Finish()
	if err := p.WaitStored(ctx, s.Spans, s.Signals); err != nil {
		return s, err
	}
	s.Seconds = time.Since(began).Seconds()
	_, _ = fmt.Fprintf(stderr, "sent %d spans and %d signals; all stored after %.1f s\n", s.Spans, s.Signals, s.Seconds)
	return s, nil
}

// evaluate runs the loop over what was played and judges what it found.
func (o *demoOptions) evaluate(ctx context.Context, p *proc.Process, v *verdict, stderr io.Writer) error {
	_, _ = fmt.Fprintln(stderr, "evaluating …")
	if err := p.Evaluate(ctx); err != nil {
		return fmt.Errorf("evaluating: %w", err)
	}
	status, err := p.Status(ctx)
	if err != nil {
		return err
	}
	v.Found, v.UnexpectedPages, v.Missed = demo.Judge(v.Injected, demo.Findings(status))
	return nil
}

func urls(p *proc.Process) map[string]string {
	return map[string]string{
		"page":      proc.URL(p.HTTP) + "/",
		"metrics":   proc.URL(p.HTTP) + "/metrics",
		"status":    proc.URL(p.HTTP) + "/api/v1/status",
		"otlp_http": proc.URL(p.OTLPHTTP),
		"otlp_grpc": proc.URL(p.OTLPGRPC),
		"signals":   proc.URL(p.Signals),
	}
}

// err is nil only if every incident was found and nothing else paged.
func (v *verdict) err() error {
	switch {
	case len(v.Missed) > 0:
		return Failed(fmt.Errorf("%d of %d injected incidents were not found", len(v.Missed), len(v.Injected)))
	case len(v.UnexpectedPages) > 0:
		return Failed(fmt.Errorf("%d pages that nothing injected explains", len(v.UnexpectedPages)))
	default:
		return nil
	}
}

func (v *verdict) print(w io.Writer, asJSON bool) error {
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		for _, list := range []*[]demo.Finding{&v.Found, &v.UnexpectedPages} {
			if *list == nil {
				*list = []demo.Finding{}
			}
		}
		if v.Missed == nil {
			v.Missed = []demo.Incident{}
		}
		return enc.Encode(v)
	}
	for _, in := range v.Injected {
		_, _ = fmt.Fprintf(w, "\n%s · %s · injected %s\n%s\n", in.Product, in.Name, in.At.Format("Jan 2 15:04 MST"), wrapped(in.What, "  "))
		n := 0
		for _, f := range v.Found {
			if f.Injected == in.Name {
				_, _ = fmt.Fprintln(w, line(f))
				_, _ = fmt.Fprintln(w, wrapped(f.Evidence, "         "))
				n++
			}
		}
		if n == 0 {
			_, _ = fmt.Fprintln(w, "  NOT FOUND")
		}
	}
	for _, in := range v.Missed {
		_, _ = fmt.Fprintf(w, "\nMISSED %s of %s: no page tells of it, or only of a part of it\n", in.Name, in.Product)
	}
	if len(v.UnexpectedPages) == 0 {
		_, _ = fmt.Fprintln(w, "\nNothing else paged.")
	}
	for _, f := range v.UnexpectedPages {
		_, _ = fmt.Fprintf(w, "\nUNEXPECTED page: %s %s %s at %s: %s\n", f.Product, f.Kind, f.Series, f.OpenedAt.Format(time.RFC3339), f.Evidence)
	}
	_, err := fmt.Fprintf(w, "\n  status page  %s\n  metrics      %s\n", v.URLs["page"], v.URLs["metrics"])
	return err
}

// line is one finding in one line.
func line(f demo.Finding) string {
	s := fmt.Sprintf("  %-6s %s %s, seen after %s", f.Severity, strings.ReplaceAll(f.Kind, "_", " "), f.Series, minutes(time.Duration(f.DetectedAfter*float64(time.Second))))
	if f.PagedAt.After(f.OpenedAt) {
		s += fmt.Sprintf(", paged %s later", minutes(f.PagedAt.Sub(f.OpenedAt)))
	}
	if n := len(f.Explains); n > 0 {
		s += fmt.Sprintf(", explains %d series", n)
	}
	return s
}

// minutes writes a duration to the minute.
func minutes(d time.Duration) string {
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// wrapped breaks text into indented lines that fit an 80-column terminal.
func wrapped(text, indent string) string {
	const width = 80
	var b strings.Builder
	n := 0
	for _, word := range strings.Fields(text) {
		switch l := utf8.RuneCountInString(word); {
		case n == 0:
			b.WriteString(indent + word)
			n = len(indent) + l
		case n+1+l > width:
			b.WriteString("\n" + indent + word)
			n = len(indent) + l
		default:
			b.WriteString(" " + word)
			n += 1 + l
		}
	}
	return b.String()
}

// tail is the end of a log, for an error that would otherwise explain nothing.
func tail(file string) string {
	const most = 2048
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	if len(b) > most {
		b = b[len(b)-most:]
	}
	return "its log ends with:\n" + string(b)
}

// isTerminal reports whether w is a terminal, where progress is worth drawing.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
