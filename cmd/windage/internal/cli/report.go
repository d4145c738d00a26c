package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/dashboards/page"
	"github.com/windage-dev/windage/internal/datadir"
	"github.com/windage-dev/windage/model"
)

func init() { register(newReport) }

// maxSnapshot bounds what is read from a running windage.
const maxSnapshot = 64 << 20

func newReport() *cobra.Command {
	var (
		address, dataDir, file string
		timeout                time.Duration
	)
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write the status page as one HTML file",
		Long: `Ask a running windage for its newest verdicts and write them as the status
page, in one file that needs nothing beside it: for a weekly mail, an incident
record, or an archive.`,
		Example: `  windage report --html status.html
  windage report --http http://windage.internal:9464 --html - | mail -a 'Content-Type: text/html' -s 'AI products' team@example.com`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			target, err := runningURL(address, dataDir, "api/v1/status")
			if err != nil {
				return err
			}
			s, err := fetchSnapshot(ctx, target)
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
	f.StringVar(&address, "http", "", "address or URL of the page (default that of the process on the data folder, else http://127.0.0.1:9464)")
	f.StringVar(&dataDir, "data-dir", "", "data folder of the process (default "+datadir.Default()+")")
	f.StringVar(&file, "html", "windage.html", `file to write, or "-" for standard output`)
	f.DurationVar(&timeout, "timeout", 30*time.Second, "give up after this long")
	bindEnv(cmd)
	return cmd
}

// fetchSnapshot reads the newest snapshot of a running windage.
func fetchSnapshot(ctx context.Context, target string) (*model.Snapshot, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, fmt.Errorf("--http: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the running windage (is `windage run` up, and is --http right?): %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10))
		return nil, fmt.Errorf("%s answered %s: %s", target, res.Status, text)
	}
	var s model.Snapshot
	if err := json.NewDecoder(io.LimitReader(res.Body, maxSnapshot)).Decode(&s); err != nil {
		return nil, fmt.Errorf("reading the status from %s: %w", target, err)
	}
	if s.ComputedAt.IsZero() {
		return nil, errors.New("no verdict yet: the first evaluation has not finished; try again in a minute")
	}
	return &s, nil
}
