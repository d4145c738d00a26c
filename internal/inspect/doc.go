// Package inspect shows what windage reads in OTLP data: canonical rows as
// JSON lines, a summary, or a trace as a tree. It is the body of the command
// `windage inspect`.
package inspect
