// Package distro is Windage as an OpenTelemetry Collector distribution: the
// list of component factories, the configuration shipped for each role, and
// the manifest from which the Collector Builder makes the same set.
//
// What belongs here: which components exist and how they are wired by
// default. What does not: what a component does, and how the process is
// started (internal/launch).
package distro
