package cli

import "github.com/spf13/cobra"

func init() { register(newDrift) }

// driftCommands are the constructors of the commands below `windage drift`;
// each file adds its own.
var driftCommands []func() *cobra.Command

func newDrift() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "drift",
		Short: "Compare data sets, replay a history, explain an incident",
	}
	for _, c := range driftCommands {
		cmd.AddCommand(c())
	}
	return cmd
}
