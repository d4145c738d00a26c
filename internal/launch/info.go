package launch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/windage-dev/windage/internal/datadir"
	"github.com/windage-dev/windage/internal/version"
)

// RunFile is the name of the file in the data folder that tells other windage
// commands where the running process listens. Mode 0600.
const RunFile = datadir.RunFile

// Info says what runs and where it listens.
type Info struct {
	PID       int        `json:"pid"`
	StartedAt time.Time  `json:"started_at"`
	Version   string     `json:"version"`
	Role      string     `json:"role"`
	DataDir   string     `json:"data_dir,omitempty"`
	OTLPGRPC  string     `json:"otlp_grpc,omitempty"` // host:port
	OTLPHTTP  string     `json:"otlp_http,omitempty"`
	Signals   string     `json:"signals,omitempty"`
	HTTP      string     `json:"http,omitempty"` // page, API and metrics
	Listeners []Listener `json:"listeners"`
}

func (p *Plan) info(heard []Listener) Info {
	i := Info{
		PID: os.Getpid(), StartedAt: time.Now().UTC().Truncate(time.Millisecond), Version: version.Version,
		Role: p.role, DataDir: p.file, Listeners: heard,
	}
	for _, l := range heard {
		switch l.Component + "/" + l.Protocol {
		case "otlp/grpc":
			i.OTLPGRPC = l.Address
		case "otlp/http":
			i.OTLPHTTP = l.Address
		case "signals/http":
			i.Signals = l.Address
		case "monitor/http":
			i.HTTP = l.Address
		}
	}
	return i
}

// save writes the run file, and returns what removes it at the end.
func (i Info) save() (forget func(), err error) {
	if i.DataDir == "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(i.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	b, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", RunFile, err)
	}
	path := filepath.Join(i.DataDir, RunFile)
	temp := path + ".new"
	if err := os.WriteFile(temp, append(b, '\n'), 0o600); err != nil {
		return nil, fmt.Errorf("writing %s: %w", RunFile, err)
	}
	if err := os.Rename(temp, path); err != nil {
		return nil, fmt.Errorf("writing %s: %w", RunFile, err)
	}
	return func() { _ = os.Remove(path) }, nil
}

// ErrNotRunning is returned where no process runs on a data folder.
var ErrNotRunning = errors.New("no windage runs on this data folder")

// Load reads what runs on a data folder.
func Load(dataDir string) (Info, error) {
	var i Info
	path := filepath.Join(dataDir, RunFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return i, fmt.Errorf("%s: %w", dataDir, ErrNotRunning)
	}
	if err != nil {
		return i, err
	}
	if err := json.Unmarshal(b, &i); err != nil {
		return i, fmt.Errorf("reading %s: %w", path, err)
	}
	return i, nil
}
