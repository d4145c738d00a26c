// Package runaway catches a task, session or trace that spends without end
// while it runs, straight from the stream: the same tool with the same
// arguments again and again, a context that grows with every call, a storm of
// retries, or simply far more calls or money than its like.
//
// [Detector.Observe] takes every row once and answers at once. Memory is
// bounded whatever the number of open sessions: the busiest runs are followed
// exactly, the rest share a Space-Saving sketch (Metwally, Agrawal, El Abbadi
// 2005), and a run is only ever judged on what was seen of it for certain.
//
// What belongs here: the detector and its sketch. What does not: spend over
// time (cost/blowout, cost/budget).
package runaway
