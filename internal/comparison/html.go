package comparison

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/windage-dev/windage/drift/compare"
)

//go:embed report.html.tmpl
var page string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"plot": plot, "short": short, "deref": func(v *float64) float64 { return *v },
	"words": func(v compare.Verdict) string { return strings.ReplaceAll(string(v), "_", " ") },
	"pvalue": func(p float64) string {
		if p < 1e-300 {
			return "< 1e-300"
		}
		return short(p)
	},
	"thousands": thousands, "effect": effectText, "join": strings.Join,
	"percent": func(part, whole int) string {
		if whole == 0 {
			return "—"
		}
		return fmt.Sprintf("%.3g %%", 100*float64(part)/float64(whole))
	},
}).Parse(page))

// HTML writes the report as one page that needs nothing from the network.
func (r *Report) HTML(w io.Writer) error {
	return pageTemplate.Execute(w, struct {
		*Report
		Ranked []compare.Result
	}{r, ranked(r.Columns)})
}

// Sizes of a plot in its own units.
const (
	plotWidth, plotHeight = 420.0, 130.0
	plotFoot              = 34.0
)

// plot draws both sides of a histogram as pairs of bars.
func plot(h *compare.Histogram) template.HTML {
	if h == nil || len(h.Reference) == 0 {
		return ""
	}
	top := peak(h)
	if top == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="plot" viewBox="0 0 %g %g" role="img" aria-label="histogram of reference and current">`, plotWidth, plotHeight+plotFoot)
	step := plotWidth / float64(len(h.Reference))
	bar := func(class string, i int, at, width, share float64) {
		height := share / top * plotHeight
		fmt.Fprintf(&b, `<rect class="%s" x="%.2f" y="%.2f" width="%.2f" height="%.2f"><title>%s: %s %.4g %%</title></rect>`,
			class, at, plotHeight-height, width, height, template.HTMLEscapeString(cellName(h, i)), class, 100*share)
	}
	for i := range h.Reference {
		x := float64(i) * step
		bar("reference", i, x+step*.08, step*.4, h.Reference[i])
		bar("current", i, x+step*.52, step*.4, h.Current[i])
	}
	fmt.Fprintf(&b, `<line class="axis" x1="0" x2="%g" y1="%g" y2="%g"/>`, plotWidth, plotHeight, plotHeight)
	if len(h.Labels) > 0 {
		for i, l := range h.Labels {
			x := (float64(i) + .5) * step
			fmt.Fprintf(&b, `<text x="%.2f" y="%g" text-anchor="end" transform="rotate(-30 %.2f %g)">%s</text>`, x, plotHeight+10, x, plotHeight+10, template.HTMLEscapeString(cut(l, 12)))
		}
	} else {
		last := len(h.Edges) - 1
		for _, tick := range []struct {
			i      int
			anchor string
		}{{0, "start"}, {last / 2, "middle"}, {last, "end"}} {
			fmt.Fprintf(&b, `<text x="%.2f" y="%g" text-anchor="%s">%s</text>`, float64(tick.i)*step, plotHeight+12, tick.anchor, short(h.Edges[tick.i]))
		}
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // every text in it is escaped above
}

func cellName(h *compare.Histogram, i int) string {
	if len(h.Labels) > 0 {
		return h.Labels[i]
	}
	return short(h.Edges[i]) + " to " + short(h.Edges[i+1])
}
