//go:build linux || darwin

package engine

import (
	"bufio"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/ClickHouse/ch-go/proto"
)

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
