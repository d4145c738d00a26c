// Package cli is the command line of windage: one file per command, each a
// thin layer of flags over the room that does the work.
package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes, the same for every command.
const (
	exitOK     = 0
	exitFailed = 1 // a check did not hold
	exitUsage  = 2 // wrong usage, or not enough data to answer
)

// ErrFailed ends a command with exit code 1: the command ran, and the answer
// is no. Its text is printed only when it says something.
var ErrFailed = errors.New("")

// failed wraps err so that the command ends with exit code 1.
type failed struct{ error }

// Failed marks err as a failed check (exit 1) instead of a usage error (exit 2).
func Failed(err error) error { return failed{err} }

// commands are the constructors of every command; each file adds its own.
var commands []func() *cobra.Command

// register adds a command; called from the init of the command's file.
func register(c func() *cobra.Command) { commands = append(commands, c) }

// Run runs one command line and returns its exit code.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := unknownSubcommand(root, args)
	if err == nil {
		err = root.Execute()
	}
	var f failed
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, ErrFailed), errors.As(err, &f):
		if err.Error() != "" {
			_, _ = fmt.Fprintln(stderr, "windage:", err)
		}
		return exitFailed
	default:
		_, _ = fmt.Fprintln(stderr, "windage:", err)
		return exitUsage
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "windage",
		Short:         "Drift, cost and quality monitoring for AI products",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetFlagErrorFunc(withUsage)
	for _, c := range commands {
		root.AddCommand(c())
	}
	usageOnWrongArgs(root)
	return root
}

// unknownSubcommand names a word after a group of commands that is none of
// them, where cobra would print the group's help and report success.
func unknownSubcommand(root *cobra.Command, args []string) error {
	group, rest, err := root.Find(args)
	if err != nil || group == root || group.Runnable() || len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
		return nil // Execute says what is wrong, if anything
	}
	group.SuggestionsMinimumDistance = 2 // what cobra gives its root
	var near string
	if names := group.SuggestionsFor(rest[0]); len(names) > 0 {
		near = fmt.Sprintf("; did you mean %s?", strings.Join(names, " or "))
	}
	return fmt.Errorf("unknown command %q for %q%s (see %[2]s --help)", rest[0], group.CommandPath(), near)
}

// usageOnWrongArgs makes every command say how it is called when it is called
// with arguments that it does not take: cobra only says how many there were.
func usageOnWrongArgs(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		usageOnWrongArgs(sub)
	}
	check := cmd.Args
	if check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return withUsage(cmd, err)
		}
		return nil
	}
}

// withUsage adds to a usage error the line that would be right.
func withUsage(cmd *cobra.Command, err error) error {
	return fmt.Errorf("%w\nusage: %s (see %s --help)", err, cmd.UseLine(), cmd.CommandPath())
}
