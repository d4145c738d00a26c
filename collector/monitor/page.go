package monitor

import "net/http"

// page is the status page.
func (m *Monitor) page() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { text(w, http.StatusOK, "windage") })
}
