package launch

import (
	"sort"
	"strings"
	"sync"

	"go.uber.org/zap/zapcore"
)

// Listener is one address that the process serves.
type Listener struct {
	Component string `json:"component"` // id as in the configuration, e.g. otlp
	Protocol  string `json:"protocol"`  // grpc or http
	Address   string `json:"address"`   // host:port, the real port
}

// listeners learns the addresses really bound (port 0 included) from the one
// log line with which collector servers announce themselves,
// "Starting GRPC|HTTP server" with the field endpoint. Nothing else in the
// collector's API tells them; a test holds the lines to it.
type listeners struct {
	mu   *sync.Mutex
	byID map[string]Listener
	id   string
}

func newListeners() *listeners {
	return &listeners{mu: &sync.Mutex{}, byID: map[string]Listener{}}
}

// Enabled implements zapcore.Core: announcements are at level info.
func (l *listeners) Enabled(level zapcore.Level) bool { return level == zapcore.InfoLevel }

// With implements zapcore.Core.
func (l *listeners) With(fields []zapcore.Field) zapcore.Core {
	c := *l
	if id := textField(fields, componentID); id != "" {
		c.id = id
	}
	return &c
}

// componentID is the attribute that the collector puts on a component's logger.
const componentID = "otelcol.component.id"

// textField is the value of a field, also of one inside an inline object,
// which is how the collector hands its attributes over.
func textField(fields []zapcore.Field, key string) string {
	enc := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		if f.Key == key || f.Type == zapcore.InlineMarshalerType {
			f.AddTo(enc)
		}
	}
	s, _ := enc.Fields[key].(string)
	return s
}

// Check implements zapcore.Core.
func (l *listeners) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if l.Enabled(e.Level) && strings.HasPrefix(e.Message, "Starting ") && strings.HasSuffix(e.Message, " server") {
		return ce.AddCore(e, l)
	}
	return ce
}

// Write implements zapcore.Core.
func (l *listeners) Write(e zapcore.Entry, fields []zapcore.Field) error {
	id, address := l.id, textField(fields, "endpoint")
	if own := textField(fields, componentID); own != "" {
		id = own
	}
	protocol := strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(e.Message, "Starting "), " server"))
	if address == "" || (protocol != "grpc" && protocol != "http") {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byID[id+"/"+protocol] = Listener{Component: id, Protocol: protocol, Address: address}
	return nil
}

// Sync implements zapcore.Core.
func (l *listeners) Sync() error { return nil }

// list is every address learnt so far, in order of component and protocol.
func (l *listeners) list() []Listener {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]Listener, 0, len(l.byID))
	for _, x := range l.byID {
		out = append(out, x)
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Component != out[j].Component {
			return out[i].Component < out[j].Component
		}
		return out[i].Protocol < out[j].Protocol
	})
	return out
}
