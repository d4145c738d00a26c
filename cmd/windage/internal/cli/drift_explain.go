package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	driftexplain "github.com/windage-dev/windage/drift/explain"
	"github.com/windage-dev/windage/model"
)

func init() { driftCommands = append(driftCommands, newDriftExplain) }

func newDriftExplain() *cobra.Command {
	var (
		from   storeFlags
		since  string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "explain [INCIDENT]",
		Short: "What an incident is: size, what moved, what came before it",
		Long: `Explain tells of an incident of the store in use what moved, by how much with its
interval, why it was believed, which changes came just before it, and which
series it stands for. INCIDENT is its id, or the beginning of one; without it
all incidents since --since are listed, one sentence each.

Exit code 0: told. 2: wrong usage, or no such incident.`,
		Example: `  windage drift explain
  windage drift explain 82f67abc --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := parseWhen(since, time.Now())
			if err != nil {
				return fmt.Errorf("--since: %w", err)
			}
			st, closeStore, err := from.open(cmd.Context())
			if err != nil {
				return err
			}
			defer closeStore()
			all, err := st.Incidents(cmd.Context(), at)
			if err != nil {
				return err
			}
			var found []model.Incident
			for _, in := range all {
				if len(args) == 0 || strings.HasPrefix(in.ID, args[0]) {
					found = append(found, in)
				}
			}
			if len(args) > 0 && len(found) != 1 {
				return fmt.Errorf("%d incidents since %s have an id that begins with %q; `windage drift explain` lists them",
					len(found), at.UTC().Format(time.RFC3339), args[0])
			}
			if asJSON {
				if len(args) > 0 {
					return show(cmd.OutOrStdout(), true, found[0], nil)
				}
				if found == nil {
					found = []model.Incident{}
				}
				return show(cmd.OutOrStdout(), true, found, nil)
			}
			if len(args) > 0 {
				return tellIncident(cmd.OutOrStdout(), found[0])
			}
			if len(found) == 0 {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "No incidents since %s.\n", at.UTC().Format(time.RFC3339))
				return err
			}
			for _, in := range found {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s  %-6s  %s\n", in.ID, in.Severity, driftexplain.Sentence(in)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	from.register(cmd)
	cmd.Flags().StringVar(&since, "since", "30d", "how far back incidents are looked for: a span, a day or an instant")
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return cmd
}

func tellIncident(w io.Writer, in model.Incident) error {
	var b strings.Builder
	fmt.Fprintln(&b, driftexplain.Sentence(in))
	line := func(k, v string) {
		if v != "" {
			fmt.Fprintf(&b, "  %-12s %s\n", k, v)
		}
	}
	fmt.Fprintln(&b)
	line("id", in.ID)
	line("kind", string(in.Lead().Kind)+", "+string(in.Severity))
	if in.LedBy != nil {
		line("opened as", string(in.Kind)+" of "+in.Series)
	}
	line("started", in.StartedAt.UTC().Format(time.RFC3339))
	line("paged", in.OpenedAt.UTC().Format(time.RFC3339))
	if !in.Open() {
		line("closed", in.ClosedAt.UTC().Format(time.RFC3339))
	}
	line("why", in.Evidence)
	for _, c := range in.Causes {
		line("before it", fmt.Sprintf("%s %s %s %s→%s", c.At.UTC().Format(time.RFC3339), c.Kind, c.Name, c.From, c.To))
	}
	line("stands for", strings.Join(in.Explains, ", "))
	line("traces", strings.Join(in.Traces, " "))
	line("runbook", in.Runbook)
	_, err := io.WriteString(w, b.String())
	return err
}
