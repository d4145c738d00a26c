package dashboards

import "strings"

// view is what a panel looks like.
type view string

const (
	stat     view = "stat"
	lines    view = "timeseries"
	bars     view = "bargauge"
	table    view = "table"
	timeline view = "state-timeline"
)

// spec describes one panel in the words that matter; build turns it into
// Grafana's.
type spec struct {
	kind       view
	title      string
	says       string // what it shows and what to do; the metrics are added
	unit       string
	queries    []query
	w, h       int
	min        *float64
	none       string // shown where there is no data
	steps      []step
	stacked    bool
	mappings   []map[string]any
	exemplars  bool
	dashedLast bool     // the last query is a threshold or plan: drawn dashed
	keep       []string // table columns, in order
}

type query struct{ expr, legend string }

func q(expr, legend string) query { return query{expr, legend} }

// row is a titled line of panels.
type row struct {
	title  string
	panels []spec
}

var zero = 0.0

func at(color string, value float64) step { return step{color, &value} }

// base is the colour below every threshold.
func base(color string) step { return step{color, nil} }

// Colours: red only where a page exists.
const (
	green  = "green"
	orange = "orange"
	red    = "red"
	blue   = "blue"
)

func dashboard(uid, title, says string, rows ...row) Dashboard {
	d := Dashboard{
		Description: generatedBy + " " + says,
		UID:         "windage-" + uid, Title: "Windage / " + title, Tags: []string{"windage"},
		SchemaVersion: 39, GraphTooltip: 1, Refresh: "1m", TimeZone: "browser", Time: timeRange{"now-24h", "now"},
		Templating: list[variable]{[]variable{
			{Name: "datasource", Label: "Data source", Type: "datasource", Query: "prometheus"},
			{Name: "product", Label: "Product", Type: "query", Datasource: prometheus, Refresh: 2, Sort: 1, Multi: true, IncludeAll: true, AllValue: ".*",
				Query:   map[string]string{"query": "label_values(windage_calls_total, product)", "refId": "product"},
				Current: map[string]any{"text": "All", "value": "$__all"}},
		}},
		Annotations: list[annotate]{[]annotate{{
			Name: "Pages", Datasource: prometheus, Enable: true, IconColor: red, TitleFormat: "{{alertname}}", TextFormat: "{{product}} {{metric}}{{series}}",
			Expr: `max by (alertname, product, metric, series) (ALERTS{alertname=~"Windage.*",alertstate="firing",severity="page",product=~"$product|windage"})`,
		}}},
		Links: []link{{Title: "Windage", Type: "dashboards", Tags: []string{"windage"}, AsDropdown: true, KeepTime: true, IncludeVars: true}},
	}
	y := 0
	for _, r := range rows {
		closed := false
		d.Panels = append(d.Panels, panel{ID: len(d.Panels) + 1, Type: "row", Title: r.title, GridPos: gridPos{H: 1, W: 24, Y: y}, Collapsed: &closed})
		y++
		x, tallest := 0, 0
		for _, s := range r.panels {
			if x+s.w > 24 {
				x, y, tallest = 0, y+tallest, 0
			}
			p := build(s)
			p.ID, p.GridPos = len(d.Panels)+1, gridPos{H: s.h, W: s.w, X: x, Y: y}
			d.Panels = append(d.Panels, p)
			x, tallest = x+s.w, max(tallest, s.h)
		}
		y += tallest
	}
	return d
}

func build(s spec) panel {
	if s.none == "" {
		s.none = "No data"
	}
	if len(s.steps) == 0 {
		s.steps = []step{base(blue)}
	}
	p := panel{
		Type: string(s.kind), Title: s.title, Datasource: prometheus, Description: s.says + " Metrics: " + strings.Join(metricsOf(s.queries), ", ") + ".",
		FieldConfig: &fieldConfig{Defaults: fieldDefaults{Unit: s.unit, Min: s.min, NoValue: s.none, Thresholds: thresholds{"absolute", s.steps}, Mappings: s.mappings}, Overrides: []override{}},
	}
	for i, x := range s.queries {
		instant := s.kind == bars || s.kind == table
		t := target{RefID: string(rune('A' + i)), Datasource: prometheus, Expr: x.expr, LegendFormat: x.legend, Instant: instant, Range: !instant, Exemplar: s.exemplars && i == 0}
		if s.kind == table {
			t.Format = "table"
		}
		p.Targets = append(p.Targets, t)
	}
	legend := map[string]any{"showLegend": true, "displayMode": "list", "placement": "bottom", "calcs": []string{}}
	tooltip := map[string]any{"mode": "multi", "sort": "desc"}
	last := map[string]any{"calcs": []string{"lastNotNull"}, "fields": "", "values": false}
	def := &p.FieldConfig.Defaults
	switch s.kind {
	case stat:
		p.Options = map[string]any{"reduceOptions": last, "graphMode": "area", "colorMode": "value", "textMode": "auto", "justifyMode": "auto"}
		def.Color = map[string]any{"mode": "thresholds"}
	case bars:
		p.Options = map[string]any{"reduceOptions": last, "orientation": "horizontal", "displayMode": "basic", "valueMode": "color"}
		def.Color = map[string]any{"mode": "thresholds"}
	case timeline:
		p.Options = map[string]any{"legend": legend, "tooltip": tooltip, "mergeValues": true, "showValue": "never", "rowHeight": 0.85}
		def.Color = map[string]any{"mode": "thresholds"}
	case table:
		p.Options = map[string]any{"showHeader": true, "cellHeight": "sm"}
		p.Transform = columns(s.keep)
	default:
		p.Options = map[string]any{"legend": legend, "tooltip": tooltip}
		def.Color = map[string]any{"mode": "palette-classic"}
		def.Custom = map[string]any{"lineWidth": 1, "fillOpacity": 8, "showPoints": "never", "spanNulls": false, "thresholdsStyle": map[string]any{"mode": "off"}}
		if s.stacked {
			def.Custom["stacking"] = map[string]any{"mode": "normal", "group": "A"}
			def.Custom["fillOpacity"] = 40
		}
		if s.dashedLast {
			p.FieldConfig.Overrides = append(p.FieldConfig.Overrides, override{
				Matcher:    map[string]any{"id": "byFrameRefID", "options": p.Targets[len(p.Targets)-1].RefID},
				Properties: []map[string]any{{"id": "custom.lineStyle", "value": map[string]any{"fill": "dash", "dash": []int{6, 4}}}, {"id": "custom.fillOpacity", "value": 0}},
			})
		}
	}
	return p
}

// columns merges the queries of a table and keeps these columns.
func columns(keep []string) []map[string]any {
	order := map[string]int{}
	for i, k := range keep {
		order[k] = i
	}
	return []map[string]any{
		{"id": "merge", "options": map[string]any{}},
		{"id": "filterFieldsByName", "options": map[string]any{"include": map[string]any{"names": keep}}},
		{"id": "organize", "options": map[string]any{"indexByName": order}},
	}
}
