package replay

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// Write says which rows and values were left out; nothing where there are none.
func (r Rows) Write(w io.Writer) {
	if left := r.NoTime + r.Stray + r.BadTime; left > 0 {
		fmt.Fprintf(w, "%d of %d rows left out: %d without a time, %d whose time cannot be read, %d with a time far from all others.\n",
			left, r.Read, r.NoTime, r.BadTime, r.Stray)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "  %s.\n", n)
	}
}

// Terminal writes the report as a table.
func (r *Report) Terminal(w io.Writer, _ int) error {
	pages, products := 0, map[string]bool{}
	for _, s := range r.Series {
		products[s.Product] = true
	}
	for _, in := range r.Incidents {
		if in.Severity == "page" {
			pages++
		}
	}
	fmt.Fprintf(w, "Watched %.0f hours from %s, %d series, budget %.3g false pages per 30 days: %d pages, %d tickets.\n",
		r.WatchedHours, minute(r.Settings.ReferenceUntil), len(r.Series), r.Settings.PagesPer30d, pages, len(r.Incidents)-pages)
	if fp := r.FalsePages; fp.Value != nil {
		fmt.Fprintf(w, "On the reference itself: %.2f pages per 30 days (95 %% interval %.2f to %.2f).\n", *fp.Value, fp.Interval.Low, fp.Interval.High)
	}
	r.Rows.Write(w)
	if len(r.Incidents) > 0 {
		fmt.Fprintln(w)
		t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		fmt.Fprintln(t, "SEVERITY\tSERIES\tKIND\tSTARTED (UTC)\tOPENED\tCLOSED\tEFFECT (95 %)\tROWS\tWHY")
		for _, in := range r.Incidents {
			closed := "open"
			if in.ClosedAt != nil {
				closed = minute(*in.ClosedAt)
			}
			series := in.Series
			if len(products) > 1 {
				series = in.Product + " " + series
			}
			why := cmp.Or(in.WhatMoved, in.Evidence)
			if in.HeldBack != "" {
				why = in.HeldBack + "; " + why
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", in.Severity, series, in.Kind,
				minute(in.StartedAt), minute(in.OpenedAt), closed, effect(in), in.N, why)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if slices.ContainsFunc(r.Incidents, func(in Incident) bool { return in.Series == "volume" }) {
			fmt.Fprintln(w, "\nvolume: how many rows came. It is a ticket unless it holds back pages of a running windage; live traffic that stops\naltogether pages by its own alert, WindageTelemetryStopped.")
		}
	}
	if len(r.NotMeasured) > 0 {
		fmt.Fprintln(w, "\nNot measured:")
		for _, n := range r.NotMeasured {
			fmt.Fprintf(w, "  %s: %s\n", n.Series, n.Reason)
		}
	}
	return nil
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// effect is the effect with its interval, in the unit of the incident.
func effect(in Incident) string {
	if in.Effect == nil {
		return "-"
	}
	value, format, unit := 1.0, "%.3g", in.EffectUnit
	switch in.EffectUnit {
	case "relative":
		value, format, unit = 100, "%.1f", "%"
	case "share":
		value, format, unit = 100, "%.2f", "points"
	case "difference":
		unit = "in the unit of " + in.Series
	}
	text := fmt.Sprintf("%+"+format[1:], value**in.Effect)
	if in.Interval != nil {
		text += fmt.Sprintf(" ["+format+", "+format+"]", value*in.Interval.Low, value*in.Interval.High)
	}
	return text + " " + unit
}
