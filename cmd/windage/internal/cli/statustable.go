package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/datadir"
	"github.com/windage-dev/windage/model"
)

// statusTable is what the commands have in common that print a table made of
// what a running windage knows by now.
type statusTable struct {
	address, dataDir, format string
	csv, asJSON              bool
	timeout                  time.Duration
}

// bind adds the flags; those of the command itself come first.
func (t *statusTable) bind(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&t.address, "http", "", "address or URL of the page (default that of the process on the data folder, else http://127.0.0.1:9464)")
	f.StringVar(&t.dataDir, "data-dir", "", "data folder of the process (default "+datadir.Default()+")")
	f.DurationVar(&t.timeout, "timeout", 30*time.Second, "give up after this long")
	f.BoolVar(&t.csv, "csv", false, "write CSV")
	f.BoolVar(&t.asJSON, "json", false, "write JSON lines")
	formatFlag(cmd, &t.format)
	cmd.MarkFlagsMutuallyExclusive("csv", "json", "format")
	bindEnv(cmd)
}

// snapshot asks the running windage.
func (t *statusTable) snapshot(ctx context.Context) (*model.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	target, err := runningURL(t.address, t.dataDir, "api/v1/status")
	if err != nil {
		return nil, err
	}
	return fetchSnapshot(ctx, target)
}

// write prints rows in the format that was asked for.
func (t *statusTable) write(cmd *cobra.Command, columns []string, rows [][]any) error {
	format := t.format
	switch {
	case t.csv:
		format = "csv"
	case t.asJSON:
		format = "jsonl"
	}
	return writeTable(cmd.OutOrStdout(), format, columns, rows)
}
