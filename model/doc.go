// Package model holds the words of the domain: the canonical span row, the
// signal, exact money, and the small value types they are made of.
//
// What belongs here: types that more than one room speaks of, and the
// arithmetic that keeps them true. What does not: IO, pdata, SQL, the clock,
// statistics. It imports the standard library only.
package model
