// Package launch starts Windage's collector as a process: it turns the few
// settings that most people change into collector configuration, runs the
// collector, says where everything listens, and ends it in time.
//
// What belongs here: process life. What does not: flags (the command line),
// and which components exist (collector/distro).
package launch
