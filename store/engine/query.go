//go:build linux || darwin

package engine

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
)

// query reads and runs one query packet. A returned error ends the
// connection; an error of the statement itself is told to the client and the
// connection goes on.
func (c *conn) query() error {
	q, err := readQuery(c.r, c.rev)
	if err != nil {
		return err
	}
	// Every query is followed by the client's external tables, ended by an empty block.
	if err := c.noExternalTables(q.compressed); err != nil {
		return err
	}
	st, err := parseStatement(q.body)
	if err == nil {
		err = c.apply(q.settings)
	}
	if err == nil {
		if st.takesData {
			err = c.insert(q, st)
		} else {
			err = c.watch(func() error { return c.run(q, st) })
		}
	}
	var ex *Exception
	switch {
	case err == nil:
		c.out.PutByte(byte(proto.ServerCodeEndOfStream))
		return c.flush()
	case errors.As(err, &ex):
		return c.exception(ex)
	default:
		return err
	}
}

func (c *conn) noExternalTables(compressed bool) error {
	packet, err := c.r.ReadByte()
	if err != nil {
		return errHangUp
	}
	if packet != byte(proto.ClientCodeData) {
		return badPacket("packet %d where a data block was due", packet)
	}
	_, columns, _, err := c.readBlock(compressed, nil)
	if err != nil || columns == 0 {
		return err
	}
	return &Exception{Code: codeNotImplemented, Message: "external tables are not supported by the embedded engine; use a temporary table or IN with an array parameter"}
}

// apply makes the session's settings those of the query: changed ones are
// set, those of earlier queries are put back to their defaults.
func (c *conn) apply(want []setting) error {
	if c.tainted {
		if err := c.open(); err != nil {
			return err
		}
	}
	next := make(map[string]string, len(want))
	for _, s := range want {
		next[s.name] = s.value
	}
	var set []string
	for name := range c.settings {
		if _, keep := next[name]; !keep {
			set = append(set, quoteIdent(name)+" = DEFAULT")
		}
	}
	for name, value := range next {
		if have, ok := c.settings[name]; (!ok || have != value) && name != "readonly" {
			set = append(set, quoteIdent(name)+" = "+quote(value))
		}
	}
	if len(set) > 0 {
		slices.Sort(set)
		if err := c.session.exec("SET " + strings.Join(set, ", ")); err != nil {
			c.tainted = true // some may have been set: start afresh
			return err
		}
	}
	c.settings = next
	if v, ok := next["readonly"]; ok && v != "0" {
		c.tainted = true // the engine does not let a session out of read-only mode
		return c.session.exec("SET readonly = " + quote(v))
	}
	return nil
}

// watch runs a statement while listening for the client to cancel it or to
// hang up, either of which kills it.
func (c *conn) watch(run func() error) error {
	const (
		running = iota
		cancelled
		hungUp
	)
	seen, done := make(chan int, 1), make(chan struct{})
	go func() {
		b, err := c.r.Peek(1)
		var ne net.Error
		switch {
		case err == nil && proto.ClientCode(b[0]) == proto.ClientCodeCancel:
			seen <- cancelled
		case err == nil, errors.As(err, &ne) && ne.Timeout(): // the next packet already, or told to end
			seen <- running
			return
		default:
			seen <- hungUp
		}
		for { // again and again: the statement may not have begun yet
			c.kill()
			select {
			case <-done:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	err := run()
	close(done)
	_ = c.net.SetReadDeadline(time.Now()) // ends the peek
	what := <-seen
	_ = c.net.SetReadDeadline(time.Time{})
	switch what {
	case hungUp:
		return errHangUp
	case cancelled:
		_, _ = c.r.ReadByte() // the cancel packet
	}
	return err
}

// run runs a statement whose text holds all of it.
func (c *conn) run(q query, st statement) error {
	if st.streams() {
		return c.stream(q, st)
	}
	r, err := c.session.query(st.text, "Native", q.params)
	if err != nil {
		return err
	}
	defer r.free()
	if st.keyword == "USE" || st.keyword == "SET" {
		c.remember(st)
	}
	return c.send(q, st, r.bytes(), true)
}

// remember keeps what a new session must be given again.
func (c *conn) remember(st statement) {
	if st.keyword != "USE" {
		return
	}
	if db, err := c.session.query("SELECT currentDatabase()", "TSVRaw", nil); err == nil {
		c.database = strings.TrimSpace(string(db.bytes()))
		db.free()
	}
}

// stream runs a SELECT and sends its blocks as the engine makes them.
func (c *conn) stream(q query, st statement) error {
	stream, err := c.session.stream(st.text, q.params)
	if err != nil {
		return err
	}
	defer stream.free()
	for first := true; ; first = false {
		chunk, err := c.session.fetch(stream)
		if err != nil {
			return err
		}
		b := chunk.bytes()
		if len(b) == 0 {
			chunk.free()
			if first {
				return c.send(q, st, nil, true)
			}
			return nil
		}
		err = c.send(q, st, b, false)
		chunk.free()
		if err != nil {
			c.session.cancel(stream)
			return err
		}
	}
}

// send sends Native blocks to the client. A result without rows still has
// columns, which format Native does not write; whole says that b is all of
// the result, so that the columns are asked for where it is empty.
func (c *conn) send(q query, st statement, b []byte, whole bool) error {
	if len(b) == 0 {
		if !whole || !st.returnsRows() {
			return nil
		}
		header, err := c.header(q, st)
		if err != nil {
			return err
		}
		b = header
	}
	in := bytes.NewReader(b)
	for in.Len() > 0 {
		w := blockWalker{in: in}
		if _, _, err := w.copy(form{}, formOf(c.rev)); err != nil {
			return err
		}
		if err := c.data(w.out, q.compressed); err != nil {
			return err
		}
	}
	return nil
}

// header is the empty block of a statement that returned no rows.
func (c *conn) header(q query, st statement) ([]byte, error) {
	if st.streams() {
		return c.describe("("+st.text+"\n)", q.params)
	}
	r, err := c.session.query(st.text, "TSVWithNamesAndTypes", q.params)
	if err != nil {
		return nil, err
	}
	defer r.free()
	lines := strings.SplitN(string(r.bytes()), "\n", 3)
	if len(lines) < 2 {
		return nil, nil
	}
	return emptyBlock(strings.Split(lines[0], "\t"), strings.Split(lines[1], "\t")), nil
}

// describe is the empty block of a table or a query in parentheses.
func (c *conn) describe(what string, params []param) ([]byte, error) {
	r, err := c.session.query("DESCRIBE TABLE "+what, "TSV", params)
	if err != nil {
		return nil, err
	}
	defer r.free()
	var names, types []string
	for line := range strings.Lines(string(r.bytes())) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) < 3 || f[2] == "MATERIALIZED" || f[2] == "ALIAS" {
			continue
		}
		names, types = append(names, f[0]), append(types, f[1])
	}
	return emptyBlock(names, types), nil
}

func emptyBlock(names, types []string) []byte {
	var w blockWalker
	w.out = appendUvarints(w.out, uint64(len(names)), 0)
	for i := range names {
		w.putString(untsv(names[i]))
		w.putString(untsv(types[i]))
	}
	return w.out
}

// insert takes the rows that the client sends after an INSERT.
func (c *conn) insert(q query, st statement) error {
	if len(q.params) > 0 {
		return &Exception{Code: codeNotImplemented, Message: "query parameters in an INSERT that takes rows are not supported by the embedded engine"}
	}
	what := st.target
	if st.columns != "" {
		what = "(SELECT " + st.columns + " FROM " + strings.TrimPrefix(st.target, "FUNCTION ") + ")"
	}
	header, err := c.describe(what, nil)
	if err != nil {
		return err
	}
	ins, err := c.session.insert(st.text)
	if err != nil {
		return err
	}
	defer ins.free()
	if err := c.send(query{compressed: q.compressed}, statement{}, header, false); err != nil {
		ins.cancel()
		return err
	}
	if err := c.flush(); err != nil {
		ins.cancel()
		return err
	}
	var failed error // the client sends all its blocks before it looks for an answer
	var buf []byte
	for {
		packet, err := c.r.ReadByte()
		if err != nil {
			ins.cancel()
			return errHangUp
		}
		switch proto.ClientCode(packet) {
		case proto.ClientCodeData:
		case proto.ClientCodeCancel:
			ins.cancel()
			return &Exception{Code: codeCancelled, Message: "Query was cancelled. (QUERY_WAS_CANCELLED)"}
		default:
			ins.cancel()
			return badPacket("packet %d where a data block was due", packet)
		}
		block, columns, rows, err := c.readBlock(q.compressed, buf[:0])
		if err != nil {
			ins.cancel()
			return fatal{err} // the stream of packets is lost with the block
		}
		buf = block
		if columns == 0 {
			break
		}
		if failed == nil && rows > 0 {
			failed = ins.append(block)
		}
	}
	if failed != nil {
		ins.cancel()
		return failed
	}
	rows, bytes, err := ins.done()
	if err != nil {
		return err
	}
	c.out.PutByte(byte(proto.ServerCodeProgress))
	proto.Progress{WroteRows: rows, WroteBytes: bytes}.EncodeAware(&c.out, int(c.rev))
	return nil
}

// fatal is an exception after which the connection cannot be used.
type fatal struct{ err error }

func (f fatal) Error() string { return f.err.Error() }

// readBlock reads one data block into a Native block appended to buf.
func (c *conn) readBlock(compressed bool, buf []byte) (block []byte, columns, rows int, err error) {
	if _, err := readString(c.r, maxHelloString, "table name"); err != nil {
		return nil, 0, 0, err
	}
	w := blockWalker{in: c.r, out: buf}
	if compressed {
		w.in = bufio.NewReaderSize(compress.NewReader(c.r), 64<<10)
	}
	columns, rows, err = w.copy(formOf(c.rev), form{})
	return w.out, columns, rows, err
}

// data sends one block.
func (c *conn) data(block []byte, compressed bool) error {
	c.out.PutByte(byte(proto.ServerCodeData))
	c.out.PutString("")
	if !compressed {
		both := net.Buffers{c.out.Buf, block}
		_, err := both.WriteTo(c.net)
		c.out.Reset()
		return err
	}
	if c.comp == nil {
		c.comp = compress.NewWriter(compress.LevelZero, compress.LZ4)
	}
	const frame = 1 << 20
	for part := range slices.Chunk(block, frame) {
		if err := c.comp.Compress(part); err != nil {
			return fmt.Errorf("compressing a block: %w", err)
		}
		c.out.PutRaw(c.comp.Data)
	}
	return c.flush()
}

func (c *conn) exception(ex *Exception) error {
	if c.srv.damage.answered(ex.Code, time.Now()) {
		select {
		case c.srv.damaged <- ex:
		default: // it is known
		}
	}
	c.out.PutByte(byte(proto.ServerCodeException))
	e := proto.Exception{Code: proto.Error(ex.Code), Name: "DB::Exception", Message: "DB::Exception: " + ex.Message}
	e.EncodeAware(&c.out, int(c.rev))
	return c.flush()
}

func (c *conn) flush() error {
	_, err := c.net.Write(c.out.Buf)
	c.out.Reset()
	return err
}
