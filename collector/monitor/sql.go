package monitor

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/internal/tabular"
	"github.com/windage-dev/windage/store"
)

// sqlLimits bound what one query over HTTP may cost.
var sqlLimits = store.Limits{Rows: 1_000_000, Bytes: 64 << 20, Timeout: sqlTimeout, Memory: 1 << 30}

// sql runs one read-only query: the text of the body, in the format of the
// parameter. The whole answer is made before the first byte is sent, so that an
// error is an error and not half a table.
func (s *surface) sql(w http.ResponseWriter, r *http.Request) {
	format := r.URL.Query().Get("format")
	if format == "" {
		format = "json"
	}
	if !slices.Contains(tabular.Formats, format) {
		problem(w, http.StatusBadRequest, "format "+format+" is not known; choose one of "+strings.Join(tabular.Formats, ", "))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSQL))
	if err != nil {
		problem(w, http.StatusRequestEntityTooLarge, "the query is longer than 64 KiB")
		return
	}
	if strings.TrimSpace(string(body)) == "" {
		problem(w, http.StatusBadRequest, "the query is empty: send it as the body")
		return
	}
	db, err := s.store()
	if err != nil {
		problem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), sqlTimeout+5*time.Second)
	defer cancel()
	var out bytes.Buffer
	if err := runSQL(ctx, db, string(body), format, &out); err != nil {
		code := http.StatusBadRequest
		if errors.Is(err, context.DeadlineExceeded) {
			code = http.StatusGatewayTimeout
		}
		problem(w, code, err.Error())
		return
	}
	w.Header().Set("Content-Type", tabular.ContentType(format))
	_, _ = w.Write(out.Bytes())
}

func runSQL(ctx context.Context, db *store.Store, query, format string, out io.Writer) error {
	t, err := tabular.New(format, out)
	if err != nil {
		return err
	}
	err = db.QueryReadOnly(ctx, query, sqlLimits, func(cols []store.Column) error {
		names := make([]string, len(cols))
		for i, c := range cols {
			names[i] = c.Name
		}
		return t.Columns(names)
	}, t.Row)
	if err != nil {
		return err
	}
	return t.Close()
}
