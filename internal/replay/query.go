package replay

import (
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// Query writes the options as the parameters of /api/v1/replay. Until and File
// are those of the windage that is asked.
func (o StoreOptions) Query() url.Values {
	q := url.Values{"since": {o.Since.UTC().Format(time.RFC3339)}}
	set := func(name, value string) {
		if value != "" {
			q.Add(name, value)
		}
	}
	set("product", o.Product)
	for _, s := range o.Signals {
		set("series", s)
	}
	if !o.ReferenceUntil.IsZero() {
		set("reference_until", o.ReferenceUntil.UTC().Format(time.RFC3339))
	}
	if o.PagesPer30d > 0 {
		set("pages_per_30d", strconv.FormatFloat(o.PagesPer30d, 'g', -1, 64))
	}
	if o.MinEffect > 0 {
		set("min_effect", strconv.FormatFloat(o.MinEffect, 'g', -1, 64))
	}
	if o.Location != nil {
		set("time_zone", o.Location.String())
	}
	return q
}

// ParseQuery reads them; now ends the history.
func ParseQuery(q url.Values, now time.Time) (o StoreOptions, err error) {
	for name := range q {
		switch name {
		case "since", "product", "series", "reference_until", "pages_per_30d", "min_effect", "time_zone":
		default:
			return o, fmt.Errorf("there is no parameter %q: use since, product, series, reference_until, pages_per_30d, min_effect or time_zone", name)
		}
	}
	o = StoreOptions{Until: now, Product: q.Get("product"), Signals: q["series"]}
	if o.Since, err = instantOf(q, "since"); err != nil {
		return o, err
	}
	if o.Since.IsZero() {
		return o, fmt.Errorf("since is missing: give an instant such as %s", now.Add(-60*24*time.Hour).UTC().Format(time.RFC3339))
	}
	if o.ReferenceUntil, err = instantOf(q, "reference_until"); err != nil {
		return o, err
	}
	for name, to := range map[string]*float64{"pages_per_30d": &o.PagesPer30d, "min_effect": &o.MinEffect} {
		if s := q.Get(name); s != "" {
			if *to, err = strconv.ParseFloat(s, 64); err != nil || !(*to > 0) || *to > 1e6 {
				return o, fmt.Errorf("%s is %q; it must be a positive number", name, s)
			}
		}
	}
	zone := q.Get("time_zone")
	if zone == "" {
		zone = "UTC"
	}
	if o.Location, err = time.LoadLocation(zone); err != nil || zone == "Local" {
		return o, fmt.Errorf("time_zone is %q; it must be an IANA name such as Europe/Berlin", zone)
	}
	return o, nil
}

func instantOf(q url.Values, name string) (time.Time, error) {
	s := q.Get(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is %q; it must be an instant such as 2026-10-01T00:00:00Z", name, s)
	}
	return t.UTC(), nil
}
