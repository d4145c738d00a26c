package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/tabular"
	"github.com/windage-dev/windage/store"
)

func init() { register(newSQL) }

func newSQL() *cobra.Command {
	var (
		from    storeFlags
		server  string
		format  string
		limits  store.Limits
		timeout time.Duration
	)
	cmd := &cobra.Command{
		Use:   "sql QUERY",
		Short: "Run a read-only SQL query on the store in use",
		Long: `Run one read-only ClickHouse query on the store in use: the one of a running
windage (--http, or --data-dir, which both work while it runs), or a
ClickHouse server (--dsn). "-" reads the query from standard input.

The views spans, calls, tasks, signals and results are a contract; the tables
behind them (*_rows) are not. DESCRIBE calls lists the columns of a view.`,
		Example: `  windage sql "SELECT model, count(), sum(cost_usd) FROM calls GROUP BY model"
  windage sql --format jsonl "SELECT * FROM tasks WHERE outcome = 'failure'"
  windage sql --http http://127.0.0.1:8088 "DESCRIBE calls"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(tabular.Formats, format) {
				return fmt.Errorf("--format %q is not known; choose one of %s", format, strings.Join(tabular.Formats, ", "))
			}
			query := args[0]
			if query == "-" {
				b, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 16<<20))
				if err != nil {
					return fmt.Errorf("reading the query: %w", err)
				}
				query = string(b)
			}
			if strings.TrimSpace(query) == "" {
				return errors.New("the query is empty")
			}
			limits.Timeout = timeout
			if server != "" {
				return remoteSQL(cmd.Context(), server, query, format, timeout, cmd.OutOrStdout())
			}
			s, closeStore, err := from.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeStore()
			return localSQL(cmd.Context(), s, query, format, limits, cmd.OutOrStdout())
		},
	}
	from.register(cmd)
	f := cmd.Flags()
	f.StringVar(&server, "http", "", "a running windage's page and API, e.g. http://127.0.0.1:8088")
	f.StringVar(&format, "format", "table", "output format: "+strings.Join(tabular.Formats, ", "))
	f.IntVar(&limits.Rows, "max-rows", 1_000_000, "a longer result is an error")
	f.DurationVar(&timeout, "timeout", time.Minute, "a longer query is an error")
	cmd.MarkFlagsMutuallyExclusive("http", "data-dir")
	cmd.MarkFlagsMutuallyExclusive("http", "dsn")
	return cmd
}

func localSQL(ctx context.Context, s *store.Store, query, format string, limits store.Limits, out io.Writer) error {
	w, err := tabular.New(format, out)
	if err != nil {
		return err
	}
	err = s.QueryReadOnly(ctx, query, limits, func(cols []store.Column) error {
		names := make([]string, len(cols))
		for i, c := range cols {
			names[i] = c.Name
		}
		return w.Columns(names)
	}, w.Row)
	if err != nil {
		return Failed(err)
	}
	return w.Close()
}

// remoteSQL asks a running windage's API.
func remoteSQL(ctx context.Context, server, query, format string, timeout time.Duration, out io.Writer) error {
	if !strings.Contains(server, "://") {
		server = "http://" + server
	}
	u, err := url.JoinPath(server, "/api/v1/sql")
	if err != nil {
		return fmt.Errorf("--http %q: %w", server, err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u+"?format="+url.QueryEscape(format), strings.NewReader(query))
	if err != nil {
		return fmt.Errorf("--http %q: %w", server, err)
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking the windage at %s: %w", server, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		return Failed(fmt.Errorf("%s: %s", resp.Status, strings.TrimSpace(string(b))))
	}
	_, err = io.Copy(out, resp.Body)
	return err
}
