// Package gate decides whether a release may go out: whether a candidate is
// not worse than its baseline by more than a margin, metric by metric, on live
// traffic (two sides of a product's facts) and on eval results of the same
// cases (paired rows).
//
// What belongs here: the verdict on one metric, the sample-ratio test, and how
// the verdicts make one. What does not: where the numbers come from, and how a
// report looks. Pure.
//
// The rule is non-inferiority on every guardrail (intersection-union, so that
// no correction for their number is needed) and superiority on at least one
// goal, if there are goals (corrected for their number): Schultzberg, Ankargren
// & Frånberg, "Risk-aware product decisions in A/B tests with multiple
// metrics", arXiv:2402.11609. What cannot be measured has not passed.
package gate
