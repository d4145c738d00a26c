// Package demo plays two imaginary AI products against a running windage,
// through the same OTLP and signals endpoints that a real product would use:
// fourteen days of ordinary traffic with a daily and weekly shape, and then
// three incidents whose truth is known.
//
// What belongs here: the traffic, the incidents, and the judgement whether
// they were found. What does not: anything that detects.
package demo
