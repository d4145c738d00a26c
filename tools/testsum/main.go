// Command testsum reads `go test -json` on stdin, prints what people need to
// see (failures with their output, skips with their reason, slow packages)
// and ends with one line of totals. It exits 1 where anything failed, and
// where nothing ran at all.
package main

import (
	"fmt"
	"os"
)

func main() {
	s, err := Read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	s.Print(os.Stdout)
	if !s.OK() {
		os.Exit(1)
	}
}
