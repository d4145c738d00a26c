//go:build linux || darwin

package engine

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is libchdb opened with purego. The C interface is that of chdb.h
// of chdb-core 26.7.
type library struct {
	connect      func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn    func(conn unsafe.Pointer)
	query        func(conn unsafe.Pointer, q unsafe.Pointer, n uintptr, f unsafe.Pointer, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamQuery  func(conn unsafe.Pointer, q unsafe.Pointer, n uintptr, f unsafe.Pointer, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamFetch  func(conn, stream unsafe.Pointer) unsafe.Pointer
	streamCancel func(conn, stream unsafe.Pointer)
	destroy      func(result unsafe.Pointer)
	buffer       func(result unsafe.Pointer) unsafe.Pointer
	length       func(result unsafe.Pointer) uintptr
	errorText    func(result unsafe.Pointer) string
	rowsRead     func(result unsafe.Pointer) uint64
	bytesRead    func(result unsafe.Pointer) uint64
	rowsWritten  func(result unsafe.Pointer) uint64
	bytesWritten func(result unsafe.Pointer) uint64
	handlers     func(enabled int32)

	insert        func(conn unsafe.Pointer, q unsafe.Pointer, n uintptr, f unsafe.Pointer, fn uintptr) unsafe.Pointer
	insertAppend  func(stream unsafe.Pointer, data unsafe.Pointer, n uintptr) int32
	insertDone    func(stream unsafe.Pointer) unsafe.Pointer
	insertCancel  func(stream unsafe.Pointer)
	insertError   func(stream unsafe.Pointer) string
	insertDestroy func(stream unsafe.Pointer)
}

// openLibrary loads libchdb from path and binds its functions.
func openLibrary(path string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("loading %s: %w", path, err)
	}
	l := &library{}
	for name, fn := range map[string]any{
		"chdb_connect":                     &l.connect,
		"chdb_close_conn":                  &l.closeConn,
		"chdb_query_with_params_n":         &l.query,
		"chdb_stream_query_with_params_n":  &l.streamQuery,
		"chdb_stream_fetch_result":         &l.streamFetch,
		"chdb_stream_cancel_query":         &l.streamCancel,
		"chdb_destroy_query_result":        &l.destroy,
		"chdb_result_buffer":               &l.buffer,
		"chdb_result_length":               &l.length,
		"chdb_result_error":                &l.errorText,
		"chdb_result_rows_read":            &l.rowsRead,
		"chdb_result_bytes_read":           &l.bytesRead,
		"chdb_result_rows_written":         &l.rowsWritten,
		"chdb_result_bytes_written":        &l.bytesWritten,
		"chdb_set_signal_handlers_enabled": &l.handlers,
		"chdb_stream_insert_n":             &l.insert,
		"chdb_stream_append":               &l.insertAppend,
		"chdb_stream_done":                 &l.insertDone,
		"chdb_stream_cancel_insert":        &l.insertCancel,
		"chdb_stream_insert_error":         &l.insertError,
		"chdb_destroy_insert_stream":       &l.insertDestroy,
	} {
		sym, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("%s has no %s: it is older than libchdb 26.7, or is no libchdb; `windage engine fetch` gets one that fits", path, name)
		}
		purego.RegisterFunc(fn, sym)
	}
	// libchdb's own handlers sleep for minutes on a crash. The default action
	// ends the process at once, and the supervisor starts another.
	l.handlers(0)
	return l, nil
}

// session is one connection inside the library: settings, current database,
// temporary tables. It runs one statement at a time.
type session struct {
	lib  *library
	conn unsafe.Pointer // chdb_connection *
}

// open opens a session. All sessions of a process share one data folder; the
// first one boots the engine with the server-level arguments it is given.
func (l *library) open(args ...string) (*session, error) {
	keep := make([][]byte, len(args))
	argv := make([]unsafe.Pointer, len(args)+1)
	var pin runtime.Pinner
	defer pin.Unpin()
	for i, a := range args {
		keep[i] = append([]byte(a), 0)
		pin.Pin(&keep[i][0])
		argv[i] = unsafe.Pointer(&keep[i][0])
	}
	conn := l.connect(int32(len(args)), unsafe.Pointer(&argv[0]))
	runtime.KeepAlive(keep)
	if conn == nil {
		return nil, errors.New("libchdb refused the connection (it says why on its standard error)")
	}
	return &session{lib: l, conn: conn}, nil
}

func (s *session) handle() unsafe.Pointer { return *(*unsafe.Pointer)(s.conn) }

func (s *session) close() {
	if s.conn != nil {
		s.lib.closeConn(s.conn)
		s.conn = nil
	}
}

// Param is a value of a {name:Type} placeholder, in ClickHouse's escaped text.
type param struct{ name, value string }

// result is a finished query's output, or one chunk of a stream.
type result struct {
	lib *library
	ptr unsafe.Pointer
}

func (r result) free() {
	if r.ptr != nil {
		r.lib.destroy(r.ptr)
	}
}

// bytes is the output; it is valid until free.
func (r result) bytes() []byte {
	n := r.lib.length(r.ptr)
	p := r.lib.buffer(r.ptr)
	if n == 0 || p == nil {
		return nil
	}
	return unsafe.Slice((*byte)(p), n)
}

func (r result) err() error {
	if r.ptr == nil {
		return &Exception{Code: codeUnknown, Message: "libchdb gave no result"}
	}
	if t := r.lib.errorText(r.ptr); t != "" {
		return parseException(t)
	}
	return nil
}

// query runs a whole statement. The caller frees the result.
func (s *session) query(sql, format string, params []param) (result, error) {
	return s.run(s.lib.query, sql, format, params)
}

// stream starts a SELECT whose blocks are then fetched one by one.
func (s *session) stream(sql string, params []param) (result, error) {
	return s.run(s.lib.streamQuery, sql, "Native", params)
}

// exec runs a statement for its effect.
func (s *session) exec(sql string) error {
	r, err := s.query(sql, "Native", nil)
	r.free()
	return err
}

func (s *session) run(fn func(conn, q unsafe.Pointer, n uintptr, f unsafe.Pointer, fn uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer, sql, format string, params []param) (result, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	n := len(params)
	names, values := make([]unsafe.Pointer, n+1), make([]unsafe.Pointer, n+1)
	nameLens, valueLens := make([]uintptr, n+1), make([]uintptr, n+1)
	for i, p := range params {
		names[i], nameLens[i] = cstr(&pin, p.name)
		values[i], valueLens[i] = cstr(&pin, p.value)
	}
	q, ql := cstr(&pin, sql)
	f, fl := cstr(&pin, format)
	r := result{s.lib, fn(s.handle(), q, ql, f, fl,
		unsafe.Pointer(&names[0]), unsafe.Pointer(&nameLens[0]), unsafe.Pointer(&values[0]), unsafe.Pointer(&valueLens[0]), uintptr(n))}
	if err := r.err(); err != nil {
		r.free()
		return result{}, err
	}
	return r, nil
}

// cstr pins the bytes of s followed by a zero and gives their address and length.
func cstr(pin *runtime.Pinner, s string) (unsafe.Pointer, uintptr) {
	b := append([]byte(s), 0)
	pin.Pin(&b[0])
	return unsafe.Pointer(&b[0]), uintptr(len(s))
}

// fetch is the next chunk of a stream; its bytes are empty at the end.
func (s *session) fetch(stream result) (result, error) {
	r := result{s.lib, s.lib.streamFetch(s.handle(), stream.ptr)}
	if err := r.err(); err != nil {
		r.free()
		return result{}, err
	}
	return r, nil
}

func (s *session) cancel(stream result) { s.lib.streamCancel(s.handle(), stream.ptr) }

// insertion is a running INSERT that takes Native blocks.
type insertion struct {
	lib *library
	ptr unsafe.Pointer
}

// insert starts an INSERT given without its FORMAT or data.
func (s *session) insert(sql string) (insertion, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	q, ql := cstr(&pin, sql)
	f, fl := cstr(&pin, "Native")
	i := insertion{s.lib, s.lib.insert(s.handle(), q, ql, f, fl)}
	if err := i.err(); err != nil {
		i.free()
		return insertion{}, err
	}
	return i, nil
}

func (i insertion) err() error {
	if t := i.lib.insertError(i.ptr); t != "" {
		return parseException(t)
	}
	return nil
}

// append hands over the bytes of one block.
func (i insertion) append(block []byte) error {
	if len(block) == 0 {
		return nil
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&block[0])
	if i.lib.insertAppend(i.ptr, unsafe.Pointer(&block[0]), uintptr(len(block))) == 0 {
		return nil
	}
	if err := i.err(); err != nil {
		return err
	}
	return &Exception{Code: codeUnknown, Message: "libchdb refused a block of the insert"}
}

// done commits and reports what was written.
func (i insertion) done() (rows, bytes uint64, err error) {
	r := result{i.lib, i.lib.insertDone(i.ptr)}
	defer r.free()
	if err := r.err(); err != nil {
		return 0, 0, err
	}
	return i.lib.rowsWritten(r.ptr), i.lib.bytesWritten(r.ptr), nil
}

func (i insertion) cancel() { i.lib.insertCancel(i.ptr) }
func (i insertion) free()   { i.lib.insertDestroy(i.ptr) }

// parseException reads "Code: 47. DB::Exception: text (NAME)".
func parseException(text string) *Exception {
	text = strings.TrimSpace(text)
	e := &Exception{Code: codeUnknown, Message: text}
	rest, ok := strings.CutPrefix(text, "Code: ")
	if !ok {
		return e
	}
	digits, rest, ok := strings.Cut(rest, ". ")
	if !ok {
		return e
	}
	code, err := strconv.ParseInt(digits, 10, 32)
	if err != nil {
		return e
	}
	e.Code = int32(code)
	e.Message = strings.TrimPrefix(rest, "DB::Exception: ")
	return e
}
