package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// envTwin is the environment variable of a flag: --data-dir is WINDAGE_DATA_DIR.
func envTwin(flag string) string {
	return "WINDAGE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// bindEnv gives every flag of the command an environment twin, used where the
// flag was not given, and names it in the help.
func bindEnv(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		f.Usage += " [" + envTwin(f.Name) + "]"
	})
	before := c.PreRunE
	c.PreRunE = func(cmd *cobra.Command, args []string) error {
		var err error
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			v, ok := os.LookupEnv(envTwin(f.Name))
			if err != nil || f.Changed || !ok || v == "" || f.Name == "help" {
				return
			}
			if e := cmd.Flags().Set(f.Name, v); e != nil {
				err = fmt.Errorf("environment variable %s: %w", envTwin(f.Name), e)
			}
		})
		if err == nil && before != nil {
			err = before(cmd, args)
		}
		return err
	}
}
