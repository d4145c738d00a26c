// Command windage is the observability sidecar and drift/cost monitor for AI products.
package main

import (
	"os"

	"github.com/windage-dev/windage/cmd/windage/internal/cli"
)

func main() {
	os.Exit(cli.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
