package replay

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/drift/detect"
	"github.com/windage-dev/windage/internal/table"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/incident"
)

// Options of a replay.
type Options struct {
	Time           string // name of the time column
	ReferenceUntil time.Time
	Block          time.Duration
	PagesPer30d    float64
	MinEffect      float64 // 0: the detector's default
	Location       *time.Location
	Columns        []string // empty: all
	Exclude        []detect.Span
	Format         table.Format
	Progress       func(float64)
}

// Report is what would have been paged.
type Report struct {
	WatchedHours float64               `json:"watched_hours"`
	Incidents    []Incident            `json:"incidents"`
	Series       []model.SeriesVerdict `json:"series"`
	Settings     Settings              `json:"settings"`
	NotMeasured  []NotMeasured         `json:"not_measured"`
	// FalsePages is the rate of false pages on the reference itself.
	FalsePages model.Estimate `json:"false_pages_per_30d"`
	Rows       Rows           `json:"rows"`
}

// Incident is one incident, flat.
type Incident struct {
	Product    string            `json:"product,omitempty"` // of a replay of the store
	Series     string            `json:"series"`
	Kind       string            `json:"kind"`
	Severity   string            `json:"severity"`
	StartedAt  time.Time         `json:"started_at"`
	OpenedAt   time.Time         `json:"opened_at"`
	ClosedAt   *time.Time        `json:"closed_at"` // null while open at the end of the file
	Effect     *float64          `json:"effect"`
	EffectUnit string            `json:"effect_unit"`
	Interval   *model.Interval95 `json:"interval"`
	N          int64             `json:"n"`
	Evidence   string            `json:"evidence"`
	WhatMoved  string            `json:"what_moved"`
	HeldBack   string            `json:"held_back,omitempty"` // by which volume anomaly, and until when
	Explains   []string          `json:"explains,omitempty"`
}

// Settings are those that were used.
type Settings struct {
	Time           string    `json:"time,omitempty"`
	Reference      string    `json:"reference"` // "until" a time, rolling, or as windage.yaml says
	ReferenceFrom  time.Time `json:"reference_from"`
	ReferenceUntil time.Time `json:"reference_until"`
	Until          time.Time `json:"until"`
	Block          string    `json:"block"`
	PagesPer30d    float64   `json:"pages_per_30d"`
	TimeZone       string    `json:"time_zone"`
}

// Rows are the rows of the file.
type Rows struct {
	Read   int `json:"read"`
	Used   int `json:"used"`
	NoTime int `json:"without_time"`
	Stray  int `json:"stray_time"` // far from all others: a clock that jumped
	// BadTime are rows whose time cannot be read, and Skipped those of which
	// nothing can, as Read does not count them.
	BadTime int `json:"bad_time,omitempty"`
	Skipped int `json:"skipped,omitempty"`
	// Notes name the first of them, and of the values of each column that are of
	// another type than the rest.
	Notes []string `json:"notes,omitempty"`
}

// rowsOf counts the rows of a file.
func rowsOf(t table.Table, k *clock) Rows {
	skipped := t.Skipped()
	r := Rows{Read: t.Rows(), Used: len(k.order), NoTime: k.noTime, Stray: k.stray, BadTime: k.badTime, Skipped: skipped.Rows}
	if skipped.Rows > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d rows could not be read: %s", skipped.Rows, skipped.Reason))
	}
	if k.bad != "" {
		r.Notes = append(r.Notes, "times: "+k.bad)
	}
	return r
}

func (r *Rows) note(c *table.Column) {
	if bad := c.Bad(); bad != "" {
		r.Notes = append(r.Notes, c.Name+": "+bad)
	}
}

// Run replays one file.
func Run(path string, o Options) (*Report, error) {
	o.Format.TimeColumn = o.Time
	t, err := table.Open(path, table.Options{Progress: o.Progress, Format: o.Format})
	if err != nil {
		return nil, err
	}
	defer t.Close()
	names := t.Names()
	if !slices.Contains(names, o.Time) {
		return nil, fmt.Errorf("%s has no column %q for --time; it has %s", path, o.Time, strings.Join(names, ", "))
	}
	for _, c := range o.Columns {
		if !slices.Contains(names, c) {
			return nil, fmt.Errorf("%s has no column %q; it has %s", path, c, strings.Join(names, ", "))
		}
	}
	tc, err := t.Column(o.Time)
	if err != nil {
		return nil, err
	}
	k, err := readClock(tc, o.Block, o.Format)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !o.ReferenceUntil.After(k.start) {
		return nil, fmt.Errorf("--reference-until %s is not after the first row (%s): there is no reference",
			o.ReferenceUntil.UTC().Format(time.RFC3339), k.start.Format(time.RFC3339))
	}
	if !o.ReferenceUntil.Before(k.end) {
		return nil, fmt.Errorf("--reference-until %s is not before the last row (%s): there is nothing to replay",
			o.ReferenceUntil.UTC().Format(time.RFC3339), k.end.Format(time.RFC3339))
	}
	refEnd := int(o.ReferenceUntil.Sub(k.start) / k.step)
	rep := &Report{NotMeasured: []NotMeasured{}, Incidents: []Incident{}, Rows: rowsOf(t, k)}
	var series []detect.Series
	for _, name := range names {
		if name == o.Time || len(o.Columns) > 0 && !slices.Contains(o.Columns, name) {
			continue
		}
		c, err := t.Column(name)
		if err != nil {
			return nil, err
		}
		rep.Rows.note(c)
		ss, no := columnSeries(c, k, refEnd)
		if no != nil {
			rep.NotMeasured = append(rep.NotMeasured, *no)
		}
		series = append(series, ss...)
	}
	if len(series) == 0 {
		return nil, errors.New(path + ": no column can be watched: " + reasons(rep.NotMeasured))
	}
	now := k.at(int(k.end.Sub(k.start) / k.step)) // the last block may be half full
	if k.end.Sub(now) > k.step*9/10 {
		now = now.Add(k.step)
	}
	res := detect.Run(series, detect.Settings{
		PagesPer30d: o.PagesPer30d, Block: o.Block, Now: now, Location: o.Location, MinEffect: o.MinEffect,
		Reference: detect.Reference{Name: "until " + o.ReferenceUntil.UTC().Format(time.RFC3339), Until: o.ReferenceUntil, Exclude: o.Exclude},
	})
	rep.Series, rep.FalsePages = res.Verdicts, res.FalsePages
	rep.WatchedHours = now.Sub(o.ReferenceUntil).Hours()
	for _, v := range res.Verdicts {
		if v.State == model.SeriesNotMeasurable || v.State == model.SeriesLearning {
			rep.NotMeasured = append(rep.NotMeasured, NotMeasured{v.Series, v.Reason})
		}
	}
	rep.tell(res.Incidents, now)
	rep.Settings = Settings{
		Time: o.Time, Reference: "pinned", ReferenceFrom: k.start, ReferenceUntil: o.ReferenceUntil.UTC(), Until: now,
		Block: o.Block.String(), PagesPer30d: o.PagesPer30d, TimeZone: o.Location.String(),
	}
	return rep, nil
}

func reasons(no []NotMeasured) string {
	var out []string
	for _, n := range no {
		out = append(out, n.Series+": "+n.Reason)
	}
	if len(out) == 0 {
		return "it has only the time column"
	}
	return strings.Join(out, "; ")
}

// tell adds the incidents as the evaluator would have paged them: what began in
// a gross anomaly of volume is held back.
func (r *Report) tell(found []model.Incident, now time.Time) {
	for _, in := range incident.Suppress(found, now) {
		r.Incidents = append(r.Incidents, flat(in))
	}
	slices.SortStableFunc(r.Incidents, func(a, b Incident) int { return a.OpenedAt.Compare(b.OpenedAt) })
}

func flat(in model.Incident) Incident {
	out := Incident{
		Product: in.Product, Series: in.Series, Kind: string(in.Kind), Severity: string(in.Severity), StartedAt: in.StartedAt, OpenedAt: in.OpenedAt,
		Effect: in.Effect.Value, EffectUnit: in.EffectUnit, Interval: in.Effect.Interval, N: in.Effect.N,
		Evidence: in.Evidence, WhatMoved: in.Moved, Explains: in.Explains, HeldBack: in.SuppressedBy,
	}
	if in.Severity == model.Page && in.PagedAt.After(in.OpenedAt) {
		out.OpenedAt = in.PagedAt // that is when the page goes out
	}
	if !in.ClosedAt.IsZero() {
		out.ClosedAt = &in.ClosedAt
	}
	return out
}
