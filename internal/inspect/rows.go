package inspect

import (
	"fmt"
	"io"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

// Rows reads the rows of export requests in files ("-" is stdin) and decides
// which of them count. What cannot be read is said on stderr and ends in
// ErrUnread, with the rows of the rest.
func Rows(stdin io.Reader, stderr io.Writer, files []string) ([]*model.Span, error) {
	r, n, err := newReport(Options{})
	if err != nil {
		return nil, err
	}
	unread := false
	bad := func(err error) {
		unread = true
		_, _ = fmt.Fprintln(stderr, "windage:", err)
	}
	s := sink{
		traces: func(td ptrace.Traces) { r.rows = append(r.rows, n.Traces(td)...) },
		logs: func(ld plog.Logs) {
			rows, _ := n.Logs(ld)
			r.rows = append(r.rows, rows...)
		},
	}
	for _, f := range files {
		if err := s.readFile(f, stdin, bad); err != nil {
			return nil, err
		}
	}
	r.rows = append(r.rows, n.Complete(r.rows)...)
	count.Merge(r.rows)
	if unread {
		return r.rows, ErrUnread
	}
	return r.rows, nil
}
