package normalize

import (
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/collector/canonical"
	"github.com/windage-dev/windage/cost/count"
	"github.com/windage-dev/windage/model"
)

// Options says what a Normalizer keeps.
type Options struct {
	// KeepContent keeps what people and models said. Off, no text reaches a
	// row, an attribute, an event or a log body; lengths, language and hashes
	// are taken first.
	KeepContent bool
	// Redact is applied to content that is kept: detector names (email, phone,
	// card, ipv4, iban, secret) or regular expressions.
	Redact []string
	// UserKey is the key of the keyed hash that user ids become. Without one
	// the hash is not keyed: stable, but open to guessing.
	UserKey []byte
	// Explain, if set, is told which key or rule gave each field of a row. Only
	// the rows of Traces and Logs outlive the call.
	Explain func(row *model.Span, why []Source)
	// NotUnderstood, if set, is told of traffic that could not be read, with
	// the names (never the values) of some of its attributes.
	NotUnderstood func(reason string, row *model.Span, keys []string)
}

// Source says where a field of a row came from.
type Source struct {
	Field string `json:"field"`
	From  string `json:"from"` // an attribute key or a rule
}

// Normalizer reads dialects. It is safe for concurrent use.
type Normalizer struct {
	opts  Options
	reg   *registry
	keys  *keyTable
	pool  sync.Pool
	users userHash
	red   redactor
	join  *joiner

	schemas monitorSchemas
	window  count.Window
}

// New returns a Normalizer, or an error that names the redaction rule that is
// no regular expression.
func New(opts Options) (*Normalizer, error) {
	red, err := newRedactor(opts.Redact)
	if err != nil {
		return nil, err
	}
	n := &Normalizer{opts: opts, reg: load(), keys: newKeyTable(load()), red: red, join: newJoiner()}
	n.users.key = opts.UserKey
	n.pool.New = func() any { return new(reading) }
	return n, nil
}

// Traces reads every span of td into a row, in order. td is left as it is.
func (n *Normalizer) Traces(td ptrace.Traces) []*model.Span {
	rows := make([]*model.Span, 0, td.SpanCount())
	n.each(td, func(ptrace.Span) *model.Span {
		row := new(model.Span)
		rows = append(rows, row)
		return row
	})
	return rows
}

// Annotate rewrites every span of td into its canonical form in place. Spans
// that carry pending content of log records that came first are completed with
// it, and what can be told of which rows count is told, against the rows of
// the last minutes.
func (n *Normalizer) Annotate(td ptrace.Traces) {
	b := batches.Get().(*batch)
	n.each(td, b.add)
	n.window.Settle(b.rows)
	for i, row := range b.rows {
		n.join.span(row)
		if n.opts.KeepContent {
			n.red.span(b.spans[i])
		} else {
			scrub(b.spans[i])
		}
		canonical.Encode(row, b.spans[i])
	}
	b.release()
	for _, rs := range td.ResourceSpans().All() {
		n.hush(rs.Resource().Attributes())
		for _, ss := range rs.ScopeSpans().All() {
			n.hush(ss.Scope().Attributes())
		}
	}
}

// each reads every span of td into the empty row that to gives for it.
func (n *Normalizer) each(td ptrace.Traces, to func(ptrace.Span) *model.Span) {
	rd := n.pool.Get().(*reading)
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			scope := n.reg.scope(ss.Scope().Name())
			for _, span := range ss.Spans().All() {
				n.span(rd, to(span), rs.Resource(), ss.Scope(), ss.SchemaUrl(), scope, span)
			}
		}
	}
	n.pool.Put(rd)
}

// span reads one span into an empty row.
func (n *Normalizer) span(rd *reading, row *model.Span, res pcommon.Resource, scope pcommon.InstrumentationScope, schema string, from candidate, span ptrace.Span) {
	if _, ok := span.Attributes().Get(canonical.KeyKind); ok {
		canonical.DecodeInto(row, res, scope, span) // it went through another normalize already
		n.settled(row)
		return
	}
	row.SchemaURL = schema
	canonical.Base(row, res, scope, span)
	rd.start(n, row, span.Attributes(), from)
	rd.events = span.Events()
	rd.hasEvents = true
	rd.res = res
	rd.read()
	rd.finish()
	n.report(rd)
	rd.release()
}

// Dialects is every dialect known, in order of name.
func Dialects() []*Dialect { return load().dialects }
