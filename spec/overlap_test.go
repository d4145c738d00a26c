package spec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Given two products that ask for the same spans, then the one that would get
// none is an error that names both, and where it stands.
func TestProductsThatMatchTheSameAreAnError(t *testing.T) {
	_, err := Parse("overlap.yaml", []byte("products:\n  a: {}\n  b:\n    match: {service.name: a}\n"), Known{})
	require.EqualError(t, err, "overlap.yaml:3:3: products.b.match: {service.name: a} is also what product a matches: every span goes to a and none to b; add an attribute that tells the two apart")

	_, err = Parse("f", []byte("products:\n  z: {match: {team: x, service.name: s}}\n  y: {match: {service.name: s, team: x}}\n"), Known{})
	require.ErrorContains(t, err, "f:2:3: products.z.match")

	for _, ok := range []string{
		"products: {a: {}, b: {}}",
		"products: {a: {}, b: {match: {service.name: a, team: x}}}", // the more exact one wins
		"products: {a: {match: {service.name: s}}, b: {match: {service.name: t}}}",
	} {
		_, err := Parse("f", []byte(ok), Known{})
		require.NoError(t, err, ok)
	}
}
