package cli

import (
	"github.com/spf13/cobra"
	"go.opentelemetry.io/collector/otelcol"

	"github.com/windage-dev/windage/collector/distro"
)

func init() {
	register(func() *cobra.Command {
		c := fromCollector("components")
		c.Short = "List the collector components that a configuration may name"
		c.Example = "  windage components"
		return c
	})
	register(func() *cobra.Command {
		c := fromCollector("featuregate")
		c.Short = "List the collector's feature gates"
		c.Example = "  windage featuregate"
		return c
	})
}

// fromCollector is a command of every collector, taken over as it is.
func fromCollector(name string) *cobra.Command {
	root := otelcol.NewCommand(distro.Settings(nil))
	for _, c := range root.Commands() {
		if c.Name() == name {
			root.RemoveCommand(c)
			return c
		}
	}
	panic("the collector has no command " + name)
}
