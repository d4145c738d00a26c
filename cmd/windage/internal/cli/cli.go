// Package cli is the command line of windage: one file per command, each a
// thin layer of flags over the room that does the work.
package cli

import (
	"errors"
	"fmt"
	"io"

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
	err := root.Execute()
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
	for _, c := range commands {
		root.AddCommand(c())
	}
	return root
}
