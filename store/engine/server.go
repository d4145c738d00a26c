//go:build linux || darwin

package engine

import (
	"bufio"
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
)

// server serves the native protocol out of one loaded library.
type server struct {
	lib      *library
	log      *slog.Logger
	args     []string // of every session
	user     string
	password string
	version  [3]int
	timezone string

	admin   *session // for what the server asks itself; keeps the engine up
	adminMu sync.Mutex

	damage  damage
	damaged chan *Exception // told once, when the engine is to be started anew

	nextConn atomic.Uint64
	wg       sync.WaitGroup
	mu       sync.Mutex
	conns    map[*conn]struct{}
	closing  bool
}

// newServer boots the engine on the data folder.
func newServer(lib *library, cfg childConfig, log *slog.Logger) (*server, error) {
	s := &server{
		lib: lib, log: log, user: cfg.User, password: cfg.Password,
		args:    []string{"windage", "--path=" + cfg.DataDir},
		conns:   map[*conn]struct{}{},
		damage:  damage{started: time.Now(), patience: cfg.Patience},
		damaged: make(chan *Exception, 1),
	}
	admin, err := lib.open(append(slices.Clone(s.args), cfg.serverArgs()...)...)
	if err != nil {
		return nil, fmt.Errorf("opening data folder %s: %w", cfg.DataDir, err)
	}
	s.admin = admin
	row, err := s.ask("SELECT version(), timezone()")
	if err != nil {
		return nil, fmt.Errorf("asking the engine for its version: %w", err)
	}
	version, tz, _ := strings.Cut(strings.TrimSpace(row), "\t")
	s.timezone = tz
	_, _ = fmt.Sscanf(version, "%d.%d.%d", &s.version[0], &s.version[1], &s.version[2])
	return s, nil
}

// ask runs a query on the admin session and gives its rows as TSV.
func (s *server) ask(sql string) (string, error) {
	s.adminMu.Lock()
	defer s.adminMu.Unlock()
	r, err := s.admin.query(sql, "TSV", nil)
	if err != nil {
		return "", err
	}
	defer r.free()
	return string(r.bytes()), nil
}

// serve accepts connections until the listener closes.
func (s *server) serve(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			var ne net.Error
			if errors.As(err, &ne) && ne.Timeout() {
				continue
			}
			return fmt.Errorf("accepting connections: %w", err)
		}
		cn := &conn{srv: s, id: s.nextConn.Add(1), net: c, r: bufio.NewReaderSize(c, 128<<10)}
		s.mu.Lock()
		if s.closing {
			s.mu.Unlock()
			_ = c.Close()
			continue
		}
		s.conns[cn] = struct{}{}
		s.wg.Add(1)
		s.mu.Unlock()
		go func() {
			defer s.wg.Done()
			cn.serve()
			s.mu.Lock()
			delete(s.conns, cn)
			s.mu.Unlock()
		}()
	}
}

// shutdown ends idle connections at once, running statements when they are
// done or the context is, and then closes the engine.
func (s *server) shutdown(ctx context.Context) {
	s.mu.Lock()
	s.closing = true
	for c := range s.conns {
		c.drain()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		s.mu.Lock()
		for c := range s.conns {
			c.kill()
			_ = c.net.Close()
		}
		s.mu.Unlock()
		select {
		case <-done:
		case <-time.After(2 * time.Second):
			s.log.Warn("statements still running at shutdown; leaving them to recovery at the next start")
			return
		}
	}
	s.adminMu.Lock()
	s.admin.close()
	s.adminMu.Unlock()
}

// conn is one client connection with its own session in the library.
type conn struct {
	srv  *server
	id   uint64
	net  net.Conn
	r    *bufio.Reader
	rev  uint64
	out  proto.Buffer
	comp *compress.Writer

	database string
	session  *session
	settings map[string]string // set on the session by earlier queries
	tainted  bool              // the session cannot be used again (read-only mode cannot be left)

	mu   sync.Mutex
	busy bool
	stop bool
}

var errHangUp = errors.New("client hung up")

func (c *conn) serve() {
	defer func() {
		if p := recover(); p != nil {
			c.srv.log.Error("connection handler panicked", "conn", c.id, "panic", fmt.Sprint(p))
		}
		if c.session != nil {
			c.session.close()
		}
		_ = c.net.Close()
	}()
	if err := c.handshake(); err != nil {
		c.report(err)
		return
	}
	for {
		if !c.setBusy(false) {
			return
		}
		packet, err := c.r.ReadByte()
		if err != nil || !c.setBusy(true) {
			return
		}
		switch proto.ClientCode(packet) {
		case proto.ClientCodePing:
			c.out.PutByte(byte(proto.ServerCodePong))
			err = c.flush()
		case proto.ClientCodeCancel: // of a query that has ended meanwhile
		case proto.ClientCodeQuery:
			err = c.query()
		default:
			err = badPacket("unexpected packet %d", packet)
		}
		if err != nil {
			c.report(err)
			return
		}
	}
}

// report tells the client about an error that ends the connection.
func (c *conn) report(err error) {
	var end fatal
	if errors.As(err, &end) {
		err = end.err
	}
	var ex *Exception
	if errors.As(err, &ex) {
		c.out.Reset()
		_ = c.exception(ex)
		return
	}
	if !errors.Is(err, errHangUp) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, net.ErrClosed) {
		c.srv.log.Debug("connection ended", "conn", c.id, "error", err)
	}
}

// setBusy records whether a statement runs; false means: stop now.
func (c *conn) setBusy(busy bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = busy
	return !c.stop
}

// drain ends the connection when it is idle.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop = true
	if !c.busy {
		_ = c.net.SetReadDeadline(time.Now())
	}
}

func (c *conn) handshake() error {
	_ = c.net.SetDeadline(time.Now().Add(30 * time.Second))
	defer func() { _ = c.net.SetDeadline(time.Time{}) }()
	packet, err := c.r.ReadByte()
	if err != nil {
		return errHangUp
	}
	if packet == 'G' || packet == 'P' {
		_, _ = io.WriteString(c.net, "HTTP/1.0 400 Bad Request\r\n\r\nThis port speaks ClickHouse's native protocol, not HTTP.\r\n")
		return errHangUp
	}
	if packet != byte(proto.ClientCodeHello) {
		return badPacket("the first packet is %d; a ClickHouse client begins with hello (0)", packet)
	}
	h, err := readHello(c.r)
	if err != nil {
		return err
	}
	c.rev = min(h.revision, revision)
	userOK := subtle.ConstantTimeCompare([]byte(h.user), []byte(c.srv.user))
	passOK := subtle.ConstantTimeCompare([]byte(h.password), []byte(c.srv.password))
	if userOK&passOK != 1 {
		return &Exception{Code: codeAuth, Message: fmt.Sprintf("%s: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)", h.user)}
	}
	if h.database != "default" {
		c.database = h.database
	}
	if err := c.open(); err != nil {
		return err
	}
	welcome := proto.ServerHello{
		Name: "ClickHouse", Major: c.srv.version[0], Minor: c.srv.version[1], Patch: c.srv.version[2],
		Revision: revision, Timezone: c.srv.timezone, DisplayName: "windage embedded ClickHouse",
	}
	welcome.EncodeAware(&c.out, int(c.rev))
	if err := c.flush(); err != nil {
		return err
	}
	if c.rev >= revisionAddendum {
		if _, err := readString(c.r, maxHelloString, "quota key"); err != nil {
			return err
		}
	}
	return nil
}

// open gives the connection a fresh session. Its log_comment marks the
// session's queries in system.processes, so that they can be found and killed.
func (c *conn) open() error {
	if c.session != nil {
		c.session.close()
		c.session = nil
	}
	s, err := c.srv.lib.open(append(slices.Clone(c.srv.args), "--log_comment="+c.mark())...)
	if err != nil {
		return &Exception{Code: codeUnknown, Message: err.Error()}
	}
	c.session, c.settings, c.tainted = s, map[string]string{}, false
	if c.database != "" {
		return s.exec("USE " + quoteIdent(c.database))
	}
	return nil
}

func (c *conn) mark() string { return fmt.Sprintf("native-connection-%d", c.id) }

// kill stops the statement that the connection is running, if any.
func (c *conn) kill() {
	if _, err := c.srv.ask("KILL QUERY WHERE Settings['log_comment'] = " + quote(c.mark()) + " ASYNC"); err != nil {
		c.srv.log.Warn("stopping a query failed", "conn", c.id, "error", err)
	}
}

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
