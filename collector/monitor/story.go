package monitor

import (
	"time"

	"github.com/windage-dev/windage/drift/explain"
	"github.com/windage-dev/windage/drift/series"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality/judge"
	"github.com/windage-dev/windage/quality/performance"
)

// describe says what the detector's findings mean: those of performance in the
// words of performance, those of drift with what is another mix and what is
// not. Findings on labels of an age open as much later as the labels come.
func (e *evaluator) describe(found []model.Incident, lag time.Duration, end time.Time) []model.Incident {
	var out []model.Incident
	for _, in := range found {
		if lag > 0 && in.Kind == model.IncidentVolume {
			continue // known without labels
		}
		for _, at := range []*time.Time{&in.OpenedAt, &in.UpdatedAt, &in.ClosedAt, &in.PagedAt} {
			if !at.IsZero() {
				*at = at.Add(lag)
			}
		}
		if h := e.predicted[in.Product]; h != nil && performance.Watches(in.Series) {
			if !h.Describe(&in, end) {
				continue
			}
			out = append(out, in)
			continue
		}
		e.split(&in, end)
		out = append(out, in)
	}
	return out
}

// mixBefore is how far back the mix is compared.
const mixBefore = 28 * 24 * time.Hour

// split adds to what moved how much of it is another mix of slices.
func (e *evaluator) split(in *model.Incident, end time.Time) {
	if in.Kind != model.IncidentDrift {
		return
	}
	until := end
	if !in.Open() {
		until = in.ClosedAt
	}
	mixes, unit := e.series.Mixes(in.Product, in.Series,
		series.Span{From: in.StartedAt.Add(-mixBefore), Until: in.StartedAt}, series.Span{From: in.StartedAt, Until: until})
	m, ok := explain.Tellingest(mixes)
	if !ok {
		return
	}
	if in.Moved != "" {
		in.Moved += "; "
	}
	in.Moved += m.Say(unit)
}

// judged marks the findings on judged scores whose judge changed.
func (e *evaluator) judged(found []model.Incident, snap *model.Snapshot) {
	for i := range found {
		changes := e.rejudged[found[i].Product]
		if len(changes) == 0 {
			continue
		}
		var report []model.JudgeAgreement
		if p := snap.Product(found[i].Product); p != nil {
			report = p.Judges
		}
		judge.Mark(&found[i], changes, report)
	}
}

// told writes the evidence of what the detector found for people.
func told(in model.Incident) model.Incident {
	switch in.Kind {
	case model.IncidentDrift, model.IncidentDataQuality, model.IncidentModelChange, model.IncidentVolume:
		in.Evidence = explain.Story(in)
	}
	if in.SuppressedBy != "" {
		in.Evidence += " " + upper(in.SuppressedBy) + "."
	}
	return in
}

func upper(s string) string { return string(s[0]-'a'+'A') + s[1:] }
