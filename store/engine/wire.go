package engine

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Limits on what a client may send. They bound memory before a packet is
// understood; the engine's own limits apply after that.
const (
	maxHelloString  = 4 << 10
	maxQueryBytes   = 64 << 20
	maxSettingBytes = 1 << 20
	maxSettings     = 4096
	maxBlockBytes   = 1 << 30
	maxBlockRows    = 64 << 20
	maxColumns      = 10_000
)

// revision is the newest revision of the native protocol spoken here: the
// last one before passwords and chunking entered the handshake. Clients
// that know newer ones step down to it.
const (
	revision              = 54460
	revisionBlockInfo     = 51903
	revisionTimezone      = 54058
	revisionQuotaKey      = 54060
	revisionDisplayName   = 54372
	revisionPatch         = 54401
	revisionWriteInfo     = 54420
	revisionStringSetting = 54429
	revisionSecret        = 54441
	revisionTelemetry     = 54442
	revisionDepth         = 54448
	revisionStartTime     = 54449
	revisionReplicas      = 54453
	revisionCustomSerial  = 54454
	revisionAddendum      = 54458
	revisionParameters    = 54459
)

// byteReader is what blocks and packets are read from.
type byteReader interface {
	io.Reader
	io.ByteReader
}

func badPacket(format string, args ...any) error {
	return &Exception{Code: codeUnexpectedPacket, Message: fmt.Sprintf(format, args...)}
}

// readString reads a length and that many bytes; what names it in errors.
func readString(r byteReader, limit int, what string) (string, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", what, noEOF(err))
	}
	if n > uint64(limit) {
		return "", &Exception{Code: codeQueryTooLarge, Message: fmt.Sprintf("%s has %d bytes, more than the %d that are allowed", what, n, limit)}
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", fmt.Errorf("reading %s: %w", what, noEOF(err))
	}
	return string(b), nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// hello is the client's first packet.
type hello struct {
	name           string
	revision       uint64
	database       string
	user, password string
}

func readHello(r *bufio.Reader) (h hello, err error) {
	if h.name, err = readString(r, maxHelloString, "client name"); err != nil {
		return h, err
	}
	for _, v := range []*uint64{new(uint64), new(uint64), &h.revision} { // major, minor, revision
		if *v, err = binary.ReadUvarint(r); err != nil {
			return h, noEOF(err)
		}
	}
	if h.database, err = readString(r, maxHelloString, "database name"); err != nil {
		return h, err
	}
	if h.user, err = readString(r, maxHelloString, "user name"); err != nil {
		return h, err
	}
	h.password, err = readString(r, maxHelloString, "password")
	return h, err
}

// setting is one setting sent with a query, or one parameter of it.
type setting struct{ name, value string }

// query is the client's query packet.
type query struct {
	id         string
	settings   []setting
	compressed bool
	body       string
	params     []param
}

func readQuery(r *bufio.Reader, rev uint64) (q query, err error) {
	if q.id, err = readString(r, maxHelloString, "query id"); err != nil {
		return q, err
	}
	if rev >= revisionWriteInfo {
		if err := skipClientInfo(r, rev); err != nil {
			return q, err
		}
	}
	if rev < revisionStringSetting {
		return q, badPacket("this client speaks protocol revision %d; at least %d is needed", rev, revisionStringSetting)
	}
	if q.settings, err = readSettings(r); err != nil {
		return q, err
	}
	if rev >= revisionSecret {
		if _, err := readString(r, maxHelloString, "interserver secret"); err != nil {
			return q, err
		}
	}
	if _, err := binary.ReadUvarint(r); err != nil { // stage: a result is always complete
		return q, noEOF(err)
	}
	compression, err := binary.ReadUvarint(r)
	if err != nil {
		return q, noEOF(err)
	}
	q.compressed = compression != 0
	if q.body, err = readString(r, maxQueryBytes, "query text"); err != nil {
		return q, err
	}
	if rev >= revisionParameters {
		params, err := readSettings(r)
		if err != nil {
			return q, err
		}
		for _, p := range params {
			v, err := unquote(p.value)
			if err != nil {
				return q, badPacket("query parameter %s: %v", p.name, err)
			}
			q.params = append(q.params, param{p.name, v})
		}
	}
	return q, nil
}

// skipClientInfo reads past what a client says about itself.
func skipClientInfo(r *bufio.Reader, rev uint64) error {
	kind, err := r.ReadByte()
	if err != nil {
		return noEOF(err)
	}
	if kind == 0 {
		return nil
	}
	str := func() error { _, err := readString(r, maxSettingBytes, "client info"); return err }
	num := func() error { _, err := binary.ReadUvarint(r); return noEOF(err) }
	raw := func(n int) func() error {
		return func() error { _, err := r.Discard(n); return noEOF(err) }
	}
	all := func(steps ...func() error) error {
		for _, s := range steps {
			if err := s(); err != nil {
				return err
			}
		}
		return nil
	}
	if err := all(str, str, str); err != nil { // initial user, query id, address
		return err
	}
	if rev >= revisionStartTime {
		if err := raw(8)(); err != nil {
			return err
		}
	}
	iface, err := r.ReadByte()
	if err != nil {
		return noEOF(err)
	}
	if iface != 1 {
		return badPacket("client info says interface %d; only TCP (1) is served", iface)
	}
	if err := all(str, str, str, num, num, num); err != nil { // OS user, host, client; major, minor, revision
		return err
	}
	if rev >= revisionQuotaKey {
		if err := str(); err != nil {
			return err
		}
	}
	if rev >= revisionDepth {
		if err := num(); err != nil {
			return err
		}
	}
	if rev >= revisionPatch {
		if err := num(); err != nil {
			return err
		}
	}
	if rev >= revisionTelemetry {
		has, err := r.ReadByte()
		if err != nil {
			return noEOF(err)
		}
		if has != 0 {
			if err := all(raw(16), raw(8), str, raw(1)); err != nil {
				return err
			}
		}
	}
	if rev >= revisionReplicas {
		return all(num, num, num)
	}
	return nil
}

// readSettings reads name, flags and value until an empty name.
func readSettings(r *bufio.Reader) ([]setting, error) {
	var out []setting
	for {
		name, err := readString(r, maxHelloString, "setting name")
		if err != nil {
			return nil, err
		}
		if name == "" {
			return out, nil
		}
		if len(out) == maxSettings {
			return nil, badPacket("more than %d settings", maxSettings)
		}
		if _, err := binary.ReadUvarint(r); err != nil { // flags
			return nil, noEOF(err)
		}
		value, err := readString(r, maxSettingBytes, "setting "+name)
		if err != nil {
			return nil, err
		}
		out = append(out, setting{name, value})
	}
}
