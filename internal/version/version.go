// Package version holds what the linker knows about the build.
package version

// Version is the release, set with -ldflags at build time.
var Version = "dev"
