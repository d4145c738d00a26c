package alerts

import (
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// last is the newest value of gauge selector g, one per label set: it
// survives a failed scrape, and two replicas do not count twice.
func last(g, by string) string {
	return fmt.Sprintf("max by (%s) (last_over_time(%s[5m]))", by, g)
}

// lookup is a template that prints one number of another series for the alert
// at hand; format is a Go template printf format for the query, args its
// arguments, and show how to print the number.
func lookup(format, args, show string) string {
	return fmt.Sprintf("{{ with printf %s %s | query }}{{ with first . }}{{ . | value | %s }}{{ end }}{{ else }}unknown{{ end }}", "`"+format+"`", args, show)
}

var fastDuration = regexp.MustCompile(`(\[|offset )([0-9]+)(s|m|h|d)\b`)

// fastExpr divides every range and offset of an expression by sixty.
func fastExpr(expr string) string {
	return fastDuration.ReplaceAllStringFunc(expr, func(m string) string {
		p := fastDuration.FindStringSubmatch(m)
		n, _ := strconv.Atoi(p[2])
		secs := map[string]int{"s": 1, "m": 60, "h": 3600, "d": 86400}[p[3]] * n / 60
		return p[1] + strconv.Itoa(max(secs, 5)) + "s"
	})
}

// lines joins the parts of a long expression.
func lines(parts ...string) string { return strings.Join(parts, "\n") }

func sorted(s []string) []string { sort.Strings(s); return s }
