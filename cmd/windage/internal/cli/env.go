package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/windage-dev/windage/spec"
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
		for _, w := range misspeltEnv(cmd, os.Environ()) {
			_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "windage: "+w)
		}
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

// misspeltEnv are warnings of environment variables that are nearly the twin of
// a flag of the command and of no other command's: they would be ignored without a word.
func misspeltEnv(cmd *cobra.Command, environ []string) (out []string) {
	known := map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		c.Flags().VisitAll(func(f *pflag.Flag) { known[envTwin(f.Name)] = true })
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(cmd.Root())
	var own []string
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) { own = append(own, f.Name) })
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		word, ours := strings.CutPrefix(name, "WINDAGE_")
		if !ours || value == "" || known[name] {
			continue
		}
		if near := spec.Nearest(strings.ReplaceAll(word, "_", "-"), own); near != "" {
			out = append(out, fmt.Sprintf("environment variable %s is not known and is ignored; did you mean %s?", name, envTwin(near)))
		}
	}
	slices.Sort(out)
	return out
}
