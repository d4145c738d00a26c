package monitor

import (
	"strconv"
	"time"

	"github.com/windage-dev/windage/model"
)

// contained gathers what bears on whether containers count: the minutes in
// which those ran that no call of their own trace accounts for, and the
// minutes of the calls that no container of their own trace adds up, each as
// "<minute since 1970> <service name>".
func contained(rows []*model.Span) (containers, calls set) {
	containers, calls = set{}, set{}
	told, added := map[model.TraceID]bool{}, map[model.TraceID]bool{}
	for _, r := range rows {
		switch {
		case !r.MayCount() || !r.HasUsage():
		case r.Kind == model.KindTask:
			added[r.TraceID] = true
		case r.Kind == model.KindModelCall:
			told[r.TraceID] = true
		}
	}
	for _, r := range rows {
		switch {
		case !r.MayCount() || !r.HasUsage():
		case r.Kind == model.KindTask && !told[r.TraceID]:
			for at := r.Start.Add(-time.Second).Truncate(time.Minute); !at.After(r.End().Add(time.Second)) && at.Sub(r.Start) < taskWindow; at = at.Add(time.Minute) {
				containers.add(minuteOf(at, r.ServiceName))
			}
		case r.Kind == model.KindModelCall && !added[r.TraceID]:
			calls.add(minuteOf(r.Start, r.ServiceName))
		}
	}
	return containers, calls
}

func minuteOf(at time.Time, service string) string {
	return strconv.FormatInt(at.Unix()/60, 10) + " " + service
}
