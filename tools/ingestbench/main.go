// Command ingestbench sends the same GenAI spans through an ordinary
// collector with contrib's clickhouseexporter and through windage, in turn,
// into the same embedded engine, and writes what each cost as ratios.
//
//	ingestbench -windage bin/windage -contrib bin/contrib -spans 300000 -out ingest.json
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/windage-dev/windage/internal/proc"
	"github.com/windage-dev/windage/store/engine"
)

// sample is what one run of one side cost.
type sample struct {
	collectorCPU, engineCPU, wall time.Duration
	rss, bytes                    int64
}

// figure is the form in which every benchmark of the project writes a number.
type figure struct {
	Value    float64 `json:"value"`    // windage
	Baseline float64 `json:"baseline"` // contrib
	Ratio    float64 `json:"ratio"`
	Unit     string  `json:"unit"`
	N        int     `json:"n"` // pairs of runs
}

func main() {
	var b bench
	flag.StringVar(&b.windage, "windage", "bin/windage", "the windage binary")
	flag.StringVar(&b.contrib, "contrib", "bin/contrib", "the ordinary collector's binary")
	flag.IntVar(&b.spans, "spans", 300_000, "spans a run")
	flag.IntVar(&b.pairs, "pairs", 3, "pairs of runs, alternating")
	flag.BoolVar(&b.verbose, "v", false, "say in which tables and columns the bytes lie")
	out := flag.String("out", "", "file to write the figures to")
	flag.Parse()
	figures, err := b.run(context.Background())
	if err != nil {
		log.Fatal("ingestbench: ", err)
	}
	j, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		log.Fatal("ingestbench: ", err)
	}
	fmt.Println(string(j))
	if *out != "" {
		if err := os.WriteFile(*out, append(j, '\n'), 0o644); err != nil {
			log.Fatal("ingestbench: ", err)
		}
	}
}

type bench struct {
	windage, contrib string
	spans, pairs     int
	verbose          bool

	dir    string
	engine *engine.Engine
	conn   driver.Conn
	body   [][]byte
}

func (b *bench) run(ctx context.Context) (map[string]figure, error) {
	dir, err := os.MkdirTemp("", "ingestbench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b.dir = dir
	log.Printf("encoding %d spans", b.spans)
	// Recent, and at one span a few milliseconds: inside any retention, and in few partitions.
	if b.body, err = requests(b.spans, time.Now().UTC().Add(-6*time.Hour)); err != nil {
		return nil, err
	}
	windage, err := filepath.Abs(b.windage)
	if err != nil {
		return nil, err
	}
	b.engine, err = engine.Start(ctx, engine.Options{DataDir: filepath.Join(dir, "engine"), Command: []string{windage, "engine"}, MemoryLimit: 4 << 30})
	if err != nil {
		return nil, err
	}
	defer func() { _ = b.engine.Close(ctx) }()
	opts, err := clickhouse.ParseDSN(b.engine.DSN())
	if err != nil {
		return nil, err
	}
	if b.conn, err = clickhouse.Open(opts); err != nil {
		return nil, err
	}
	defer func() { _ = b.conn.Close() }()

	var ours, theirs []sample
	for i := range b.pairs {
		t, err := b.measure(ctx, fmt.Sprintf("contrib_%d", i), b.runContrib)
		if err != nil {
			return nil, fmt.Errorf("contrib: %w", err)
		}
		o, err := b.measure(ctx, fmt.Sprintf("windage_%d", i), b.runWindage)
		if err != nil {
			return nil, fmt.Errorf("windage: %w", err)
		}
		log.Printf("pair %d: contrib %+v", i+1, t)
		log.Printf("pair %d: windage %+v", i+1, o)
		theirs, ours = append(theirs, t), append(ours, o)
	}
	return b.figures(ours, theirs), nil
}

// side starts one side on a database of its own.
type side func(ctx context.Context, database string) (*running, error)

// running is one side at work.
type running struct {
	endpoint    string // where it takes OTLP over HTTP
	table, view string // where spans arrive, and where a reader finds each once
	pid         int
	stop        func()
}

func (b *bench) measure(ctx context.Context, database string, start side) (s sample, err error) {
	if err := b.conn.Exec(ctx, "CREATE DATABASE "+database); err != nil {
		return s, err
	}
	defer func() {
		if e := b.conn.Exec(ctx, "DROP DATABASE "+database+" SYNC"); err == nil {
			err = e
		}
	}()
	r, err := start(ctx, database)
	if err != nil {
		return s, err
	}
	defer r.stop()
	collector0, err := cpu(r.pid)
	if err != nil {
		return s, err
	}
	engine0, err := cpu(b.engine.PID())
	if err != nil {
		return s, err
	}
	began := time.Now()
	if err := b.send(ctx, r.endpoint); err != nil {
		return s, err
	}
	if err := b.await(ctx, database, r.table); err != nil {
		return s, err
	}
	s.wall = time.Since(began)
	if err := b.settle(ctx, database); err != nil {
		return s, err
	}
	collector1, err := cpu(r.pid)
	if err != nil {
		return s, err
	}
	engine1, err := cpu(b.engine.PID())
	if err != nil {
		return s, err
	}
	s.collectorCPU, s.engineCPU = collector1-collector0, engine1-engine0
	if s.rss, err = peakRSS(r.pid); err != nil {
		return s, err
	}
	row := b.conn.QueryRow(ctx, "SELECT toInt64(sum(bytes_on_disk)) FROM system.parts WHERE active AND database = ?", database)
	if err := row.Scan(&s.bytes); err != nil {
		return s, err
	}
	if b.verbose {
		if err := b.explain(ctx, database); err != nil {
			return s, err
		}
	}
	return s, b.verify(ctx, database, r.view)
}

// explain logs where the bytes of a side lie.
func (b *bench) explain(ctx context.Context, database string) error {
	rows, err := b.conn.Query(ctx, `
SELECT table, '' AS column, toInt64(sum(bytes_on_disk)), toInt64(count()), toInt64(sum(rows)) FROM system.parts WHERE active AND database = $1 GROUP BY table
UNION ALL
SELECT table, column, toInt64(sum(column_data_compressed_bytes + column_marks_bytes)) AS bytes, toInt64(count()), toInt64(sum(rows)) FROM system.parts_columns
WHERE active AND database = $1 GROUP BY table, column HAVING bytes > 0
ORDER BY 1, 3 DESC`, database)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var table, column string
		var bytes, parts, n int64
		if err := rows.Scan(&table, &column, &bytes, &parts, &n); err != nil {
			return err
		}
		log.Printf("%s %-16s %-24s %8.3f B/span in %d parts, %d rows", database, table, column, float64(bytes)/float64(b.spans), parts, n)
	}
	return rows.Err()
}

// send posts every request once, from four clients.
func (b *bench) send(ctx context.Context, endpoint string) error {
	const clients = 4
	work := make(chan []byte)
	errs := make(chan error, clients)
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			c := &http.Client{Timeout: time.Minute}
			for body := range work {
				if err := post(ctx, c, endpoint+"/v1/traces", body); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	var err error
feed:
	for _, body := range b.body {
		select {
		case work <- body:
		case err = <-errs:
			break feed
		}
	}
	close(work)
	wg.Wait()
	select {
	case e := <-errs:
		return e
	default:
		return err
	}
}

func post(ctx context.Context, c *http.Client, url string, body []byte) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-protobuf")
		resp, err := c.Do(req)
		if err != nil {
			return err
		}
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 1024))
		_ = resp.Body.Close()
		switch resp.StatusCode {
		case http.StatusOK:
			return nil
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			time.Sleep(20 * time.Millisecond)
		default:
			return fmt.Errorf("%s: %s: %s", url, resp.Status, said)
		}
	}
}

// await waits until the parts of the table hold every span. It asks for what
// the parts say of themselves: a query over rows would be charged to the engine.
func (b *bench) await(ctx context.Context, database, table string) error {
	deadline := time.Now().Add(5 * time.Minute)
	var n uint64
	for time.Now().Before(deadline) {
		row := b.conn.QueryRow(ctx, "SELECT sum(rows) FROM system.parts WHERE active AND database = ? AND table = ?", database, table)
		if err := row.Scan(&n); err == nil && n >= uint64(b.spans) {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return fmt.Errorf("%s.%s holds %d of %d spans after five minutes", database, table, n, b.spans)
}

// verify counts what a reader finds, after the measurement.
func (b *bench) verify(ctx context.Context, database, view string) error {
	var n uint64
	if err := b.conn.QueryRow(ctx, "SELECT count() FROM "+database+"."+view).Scan(&n); err != nil {
		return err
	}
	if n != uint64(b.spans) {
		return fmt.Errorf("%s.%s holds %d of %d spans", database, view, n, b.spans)
	}
	return nil
}

// settle waits until no merge has run for two seconds, so that the work that
// the inserts cause later is counted too.
func (b *bench) settle(ctx context.Context, database string) error {
	deadline, quiet := time.Now().Add(2*time.Minute), 0
	for time.Now().Before(deadline) && quiet < 10 {
		var n uint64
		if err := b.conn.QueryRow(ctx, "SELECT count() FROM system.merges WHERE database = ?", database).Scan(&n); err != nil {
			return err
		}
		if quiet++; n > 0 {
			quiet = 0
		}
		time.Sleep(200 * time.Millisecond)
	}
	return nil
}

func (b *bench) runContrib(ctx context.Context, database string) (*running, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	opts, err := clickhouse.ParseDSN(b.engine.DSN())
	if err != nil {
		return nil, err
	}
	config := strings.NewReplacer("$OTLP", address, "$CLICKHOUSE", "tcp://"+b.engine.Addr(), "$USER", opts.Auth.Username,
		"$PASSWORD", opts.Auth.Password, "$DATABASE", database, "$DIR", filepath.Join(b.dir, database)).Replace(contribConfig)
	file := filepath.Join(b.dir, database+".yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	c, err := startChild(filepath.Join(b.dir, database+".log"), b.contrib, "--config", file)
	if err != nil {
		return nil, err
	}
	if err := awaitListen(address); err != nil {
		c.stop()
		said, _ := os.ReadFile(c.log.Name())
		return nil, fmt.Errorf("%w; it said:\n%s", err, said)
	}
	return &running{endpoint: "http://" + address, table: "otel_traces", view: "otel_traces", pid: c.pid(), stop: c.stop}, nil
}

// The same queue, batch and durability on both sides; schema as contrib ships it.
const contribConfig = `
receivers: {otlp: {protocols: {http: {endpoint: "$OTLP"}}}}
processors: {memory_limiter: {check_interval: 1s, limit_mib: 2048}}
extensions: {file_storage: {directory: "$DIR", create_directory: true, fsync: true}}
exporters:
  clickhouse:
    endpoint: $CLICKHOUSE
    username: $USER
    password: "$PASSWORD"
    database: $DATABASE
    create_schema: true
    timeout: 30s
    retry_on_failure: {enabled: true, max_elapsed_time: 0s}
    sending_queue: {enabled: true, storage: file_storage, sizer: items, queue_size: 1000000, num_consumers: 2, batch: {min_size: 50000, flush_timeout: 5s}}
service:
  extensions: [file_storage]
  pipelines: {traces: {receivers: [otlp], processors: [memory_limiter], exporters: [clickhouse]}}
  telemetry: {metrics: {level: none}}
`

func (b *bench) runWindage(ctx context.Context, database string) (*running, error) {
	spec := filepath.Join(b.dir, database+".yaml")
	if err := os.WriteFile(spec, []byte("privacy: {capture_content: true}\n"), 0o600); err != nil {
		return nil, err
	}
	logFile, err := os.Create(filepath.Join(b.dir, database+".log"))
	if err != nil {
		return nil, err
	}
	dsn := b.engine.DSN()
	opts, err := clickhouse.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	dsn = fmt.Sprintf("clickhouse://%s:%s@%s/%s", opts.Auth.Username, opts.Auth.Password, b.engine.Addr(), database)
	// A sidecar does not make the schema; whoever owns the database does.
	if said, err := exec.CommandContext(ctx, b.windage, "schema", "apply", "--dsn", dsn).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("making the schema: %w\n%s", err, said)
	}
	ready, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	p, err := proc.Start(ready, b.windage, filepath.Join(b.dir, database), logFile, "--dsn", dsn, "--spec", spec, "--role", "sidecar")
	if err != nil {
		return nil, err
	}
	stop := func() {
		if err := p.Stop(30 * time.Second); err != nil {
			log.Print(err)
		}
		_ = logFile.Close()
	}
	return &running{endpoint: proc.URL(p.OTLPHTTP), table: "span_rows", view: "spans", pid: p.PID, stop: stop}, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

func awaitListen(address string) error {
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if c, err := net.Dial("tcp", address); err == nil {
			return c.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("nothing listens on %s after a minute", address)
}

func (b *bench) figures(ours, theirs []sample) map[string]figure {
	f := func(unit string, of func(sample) float64) figure {
		v, base := make([]float64, len(ours)), make([]float64, len(ours))
		ratio := make([]float64, len(ours))
		for i := range ours {
			v[i], base[i] = of(ours[i]), of(theirs[i])
			ratio[i] = v[i] / base[i]
		}
		return figure{Value: median(v), Baseline: median(base), Ratio: median(ratio), Unit: unit, N: len(ours)}
	}
	n := float64(b.spans)
	return map[string]figure{
		"collector_cpu_per_span": f("seconds", func(s sample) float64 { return s.collectorCPU.Seconds() / n }),
		"engine_cpu_per_span":    f("seconds", func(s sample) float64 { return s.engineCPU.Seconds() / n }),
		"bytes_per_span":         f("bytes", func(s sample) float64 { return float64(s.bytes) / n }),
		"spans_per_second":       f("1/s", func(s sample) float64 { return n / s.wall.Seconds() }),
		"rss_bytes":              f("bytes", func(s sample) float64 { return float64(s.rss) }),
	}
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}
