package cli

import (
	"github.com/spf13/cobra"

	"github.com/windage-dev/windage/internal/inspect"
)

func init() { register(newInspect) }

func newInspect() *cobra.Command {
	o := inspect.Options{}
	c := &cobra.Command{
		Use:   "inspect [FILE…]",
		Short: "Show what windage reads in OTLP: one JSON line per canonical row",
		RunE: func(cmd *cobra.Command, args []string) error {
			return inspect.Files(cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr(), args, o)
		},
	}
	return c
}
