package monitor

import (
	"net/http"

	"github.com/windage-dev/windage/dashboards/page"
	"github.com/windage-dev/windage/internal/datadir"
)

// page is the status page, over the same snapshot as everything else.
func (m *Monitor) page() http.Handler { return page.Handler(m.Snapshot, m.otlpEndpoint) }

// otlpEndpoint is what an app is told to send its traces to.
func (m *Monitor) otlpEndpoint() (url, protocol string) {
	if m.storage == nil {
		return "", ""
	}
	return datadir.OTLPEndpoint(m.storage.DataDir())
}
