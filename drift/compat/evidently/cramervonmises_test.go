package evidently

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Evidently 0.7.23 with numpy 2.4.6 on n = 5, 6, 7, 8 against m = 2 to 21 values:
// E where its exact test is a type error.
func TestWhichSizesAreATypeErrorInEvidently(t *testing.T) {
	for n, want := range map[int]string{
		5: "EEE.EEEE.EEEE.EEEE..",
		6: "EEEE.EE.EE.E...E.E..",
		7: "EEEEE.EEEEEE.EE.....",
		8: "EEEEEE.E.E.E........",
	} {
		var got strings.Builder
		for m := 2; m <= 21; m++ {
			if max(n, m) <= 20 && wholeTables(n, m) {
				got.WriteByte('E')
			} else {
				got.WriteByte('.')
			}
		}
		require.Equal(t, want, got.String(), "n = %d", n)
	}
}
