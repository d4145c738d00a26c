package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/datadir"
	"github.com/windage-dev/windage/internal/launch"
)

func init() { register(newHealthcheck) }

func newHealthcheck() *cobra.Command {
	var address, dataDir string
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask a running windage whether it is ready",
		Long: `Healthcheck asks /readyz of a running windage, for images without a shell. Exit
code 0: ready. 1: not ready, or nothing answers.`,
		Example: `  windage healthcheck
  windage healthcheck --http http://127.0.0.1:9464`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			target, err := runningURL(address, dataDir, "readyz")
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			said, err := ask(ctx, target)
			if err != nil {
				return Failed(err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), said)
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&address, "http", "", "address or URL of the page (default that of the process on the data folder, else http://127.0.0.1:9464)")
	f.StringVar(&dataDir, "data-dir", "", "data folder of the process (default "+datadir.Default()+")")
	f.DurationVar(&timeout, "timeout", 3*time.Second, "how long to wait for the answer")
	bindEnv(c)
	return c
}

// runningURL is the URL of path on a running windage: the one at address, else
// the one on the data folder, else the one at the default address.
func runningURL(address, dataDir, path string) (string, error) {
	if address == "" {
		if dataDir == "" {
			dataDir = datadir.Default()
		}
		if i, err := launch.Load(dataDir); err == nil && i.HTTP != "" {
			address = i.HTTP
		} else if err != nil && !errors.Is(err, launch.ErrNotRunning) {
			return "", err
		} else {
			address = "127.0.0.1:9464"
		}
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fmt.Errorf("--http %q: want host:port or a URL", address)
	}
	// A process that listens everywhere is asked on this machine.
	switch u.Hostname() {
	case "", "0.0.0.0", "::":
		u.Host = "127.0.0.1:" + u.Port()
	}
	return u.JoinPath(path).String(), nil
}

func ask(ctx context.Context, target string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return "", err
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if err != nil {
		return "", err
	}
	said := strings.TrimSpace(string(b))
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s: %s", target, resp.Status, said)
	}
	return said, nil
}
