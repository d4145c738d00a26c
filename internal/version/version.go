// Package version holds what the linker knows about the build.
package version

import (
	"runtime"
	"runtime/debug"
)

// Version is the release, set with -ldflags at build time.
var Version = "dev"

// Info describes a build.
type Info struct {
	Version   string `json:"version"`
	Revision  string `json:"revision"`  // of the source; unknown where it was not recorded
	Collector string `json:"collector"` // release of the OpenTelemetry Collector inside
	Go        string `json:"go"`
	Platform  string `json:"platform"`
}

// Get describes the running build.
func Get() Info {
	i := Info{Version: Version, Revision: "unknown", Collector: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return i
	}
	for _, s := range b.Settings {
		if s.Key == "vcs.revision" {
			i.Revision = s.Value
		}
	}
	for _, m := range b.Deps {
		if m.Path == "go.opentelemetry.io/collector/otelcol" {
			i.Collector = m.Version
		}
	}
	return i
}
