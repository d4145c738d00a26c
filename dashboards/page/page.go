package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"time"

	"github.com/windage-dev/windage/model"
)

//go:embed assets
var assets embed.FS

var (
	style   = string(mustRead("assets/style.css"))
	favicon = mustRead("assets/favicon.svg")
	tmpl    = template.Must(template.New("page.html").Funcs(funcs).ParseFS(assets, "assets/*.html"))
)

func mustRead(name string) []byte {
	b, err := assets.ReadFile(name)
	if err != nil {
		panic(err) // the asset is compiled in
	}
	return b
}

// policy forbids everything but our own style sheet and icon.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// refresh is how often an open page asks again.
const refresh = 60 * time.Second

// Handler serves the page of the snapshot that current returns, which may be
// nil before the first slot has ended. It answers GET and HEAD of "/",
// "/style.css" and "/favicon.svg". Endpoint is the URL and protocol of this
// process for OTLP, or "" where it takes none.
func Handler(current func() *model.Snapshot, endpoint func() (url, protocol string)) http.Handler {
	return handler(current, endpoint, time.Now)
}

func handler(current func() *model.Snapshot, endpoint func() (url, protocol string), now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		var b bytes.Buffer // so that a failing template is an error, not half a page
		if err := render(&b, current(), now(), endpoint); err != nil {
			http.Error(w, "the status page could not be rendered: "+err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(b.Bytes())
	})
	static := func(contentType string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Cache-Control", "max-age=300")
			_, _ = w.Write(body)
		}
	}
	mux.HandleFunc("GET /style.css", static("text/css; charset=utf-8", []byte(style)))
	mux.HandleFunc("GET /favicon.svg", static("image/svg+xml", favicon))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		mux.ServeHTTP(w, r)
	})
}

// Report writes the page as one file that needs nothing beside it, for a
// weekly mail or an archive. Now is the time that ages are told from.
func Report(w io.Writer, s *model.Snapshot, now time.Time) error {
	return render(w, s, now, nil)
}

// render writes the page, as one file where there is no endpoint to ask for.
func render(w io.Writer, s *model.Snapshot, now time.Time, endpoint func() (url, protocol string)) error {
	v := newView(s, now.UTC())
	v.OneFile = endpoint == nil
	if !v.OneFile {
		v.Endpoint, v.Protocol = endpoint()
	}
	if v.OneFile {
		v.Style = template.CSS(style) // our own file, compiled in
	} else {
		v.Refresh = int(refresh.Seconds())
	}
	if err := tmpl.Execute(w, v); err != nil {
		return fmt.Errorf("rendering the status page: %w", err)
	}
	return nil
}
