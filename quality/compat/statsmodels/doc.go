// Package statsmodels computes intervals of proportions and rates exactly as
// statsmodels 0.15 does (statsmodels/stats/proportion.py, rates.py) where it
// departs from the definition: package interval has the definitions.
//
// What belongs here: its formulas and searches with their surprises, for those
// who compare numbers with it. Nothing of the product judges by them.
package statsmodels
