package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/dashboards/page"
	"github.com/windage-dev/windage/model"
)

func init() { register(newReport) }

// maxSnapshot bounds what is read from a running windage.
const maxSnapshot = 64 << 20

func newReport() *cobra.Command {
	var (
		server, file string
		timeout      time.Duration
	)
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write the status page as one HTML file",
		Long: `Ask a running windage for its newest verdicts and write them as the status
page, in one file that needs nothing beside it: for a weekly mail, an incident
record, or an archive.`,
		Example: `  windage report --html status.html
  windage report --http http://windage.internal:8088 --html - | mail -a 'Content-Type: text/html' -s 'AI products' team@example.com`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			s, err := fetchSnapshot(ctx, server)
			if err != nil {
				return err
			}
			if file == "-" {
				return page.Report(cmd.OutOrStdout(), s, time.Now())
			}
			if err := writeWhole(file, func(w io.Writer) error { return page.Report(w, s, time.Now()) }); err != nil {
				return err
			}
			_, _ = fmt.Fprintln(cmd.ErrOrStderr(), file)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&server, "http", "http://127.0.0.1:8088", "the page and API of a running windage")
	f.StringVar(&file, "html", "windage.html", `file to write, or "-" for standard output`)
	f.DurationVar(&timeout, "timeout", 30*time.Second, "give up after this long")
	return cmd
}

// fetchSnapshot reads the newest snapshot of a running windage.
func fetchSnapshot(ctx context.Context, server string) (*model.Snapshot, error) {
	u, err := url.JoinPath(server, "api/v1/status")
	if err != nil {
		return nil, fmt.Errorf("--http %q is not a URL: %w", server, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, fmt.Errorf("--http %q is not a URL: %w", server, err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the running windage (is `windage run` up, and is --http right?): %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
		return nil, fmt.Errorf("%s answered %s: %s", u, res.Status, text)
	}
	var s model.Snapshot
	if err := json.NewDecoder(io.LimitReader(res.Body, maxSnapshot)).Decode(&s); err != nil {
		return nil, fmt.Errorf("reading the status from %s: %w", u, err)
	}
	if s.ComputedAt.IsZero() {
		return nil, errors.New("no verdict yet: the first evaluation has not finished; try again in a minute")
	}
	return &s, nil
}
