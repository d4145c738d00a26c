package cli

import (
	"fmt"
	"strings"
	"time"
)

// parseWhen reads an instant, a day, or a span back from now such as 7d or 12h.
func parseWhen(s string, now time.Time) (time.Time, error) {
	if d, err := parseSpan(s); err == nil {
		return now.Add(-d), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a span such as 7d or 12h, a day such as 2026-10-01, or an instant", s)
}

// parseSpan is a duration that may be in days or weeks.
func parseSpan(s string) (time.Duration, error) {
	unit := time.Duration(0)
	switch {
	case strings.HasSuffix(s, "d"):
		unit = 24 * time.Hour
	case strings.HasSuffix(s, "w"):
		unit = 7 * 24 * time.Hour
	default:
		return time.ParseDuration(s)
	}
	var n float64
	if _, err := fmt.Sscanf(s[:len(s)-1], "%g", &n); err != nil || n < 0 || fmt.Sprintf("%g", n) != s[:len(s)-1] {
		return 0, fmt.Errorf("%q is not a span", s)
	}
	return time.Duration(n * float64(unit)), nil
}
