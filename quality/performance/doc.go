// Package performance says how well a predictive model does where the truth is
// late or never told: performance estimated from the model's own calibrated
// scores, performance realised on labels of equal age, and whether the scores
// still mean what they say.
//
// What belongs here: calibration maps, estimates from sums over score bins, the
// delay of labels. What does not: SQL, time, whether a series has left its
// reference (drift/detect), calibration measures on rows (quality/calibration).
package performance
