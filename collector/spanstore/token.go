package spanstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/model/wire"
)

// token names the rows of a request for the store: the same for the same
// chunks in any order. A chunk's bytes say everything of its rows, so that a
// later version of a span is never taken for the one before.
func (r *request) token() string {
	sums := make([][]byte, len(r.chunks))
	for i, c := range r.chunks {
		sum := sha256.Sum256(c.data)
		sums[i] = sum[:]
	}
	return tokenOf(sums)
}

// signalToken is the same for the signals of a request: of all that is stored
// of them, so that a correction is never taken for what it corrects.
func signalToken(rows []model.Signal) string {
	sums := make([][]byte, len(rows))
	var w wire.Writer
	var room []byte
	for i := range rows {
		w.Reset()
		w.Signal(&rows[i])
		room = w.AppendTo(room[:0])
		sum := sha256.Sum256(room)
		sums[i] = sum[:]
	}
	return tokenOf(sums)
}

func tokenOf(sums [][]byte) string {
	slices.SortFunc(sums, bytes.Compare)
	h := sha256.New()
	for _, s := range sums {
		_, _ = h.Write(s)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
