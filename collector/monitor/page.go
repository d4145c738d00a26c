package monitor

import (
	"net/http"

	"github.com/windage-dev/windage/dashboards/page"
)

// page is the status page.
func (m *Monitor) page() http.Handler { return page.Handler(m.Snapshot) }
