package monitor

import (
	"net/http"

	"github.com/windage-dev/windage/dashboards/page"
)

// page is the status page, over the same snapshot as everything else.
func (m *Monitor) page() http.Handler { return page.Handler(m.Snapshot) }
