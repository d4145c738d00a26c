package demo

import (
	"slices"
	"strings"
	"time"

	"github.com/windage-dev/windage/model"
)

// The two products.
const (
	Copilot = "support-copilot"
	Claims  = "claims-triage"
)

// Incident is one thing that the demo does wrong on purpose.
type Incident struct {
	Name    string    `json:"name"`
	Product string    `json:"product"`
	Kind    string    `json:"kind"` // the kind a finding should have: cost, drift, divergence
	At      time.Time `json:"at"`
	What    string    `json:"what"`
	// marks are words of the kinds and series that this incident moves, its
	// direct consequences included.
	marks []string
	// page is what must page, or be explained by a page, for the incident to
	// count as found: one of the words. Of tells, where given, one must be told
	// too, by a page, by what it explains or by a ticket.
	page, tells []string
}

// Finding is one incident that windage opened.
type Finding struct {
	Product       string    `json:"product"`
	Kind          string    `json:"kind"`
	Series        string    `json:"series,omitempty"`
	Severity      string    `json:"severity"`
	StartedAt     time.Time `json:"started_at"`        // when it began, as far as the data tell
	OpenedAt      time.Time `json:"opened_at"`         // when it was first told
	PagedAt       time.Time `json:"paged_at,omitzero"` // when it first paged; zero for a ticket
	DetectedAfter float64   `json:"detected_after_s"`  // from injection to opened_at
	Evidence      string    `json:"evidence"`
	Explains      []string  `json:"explains,omitempty"` // series that moved with it
	Injected      string    `json:"injected,omitempty"` // name of the incident it is evidence of
}

// Findings are the incidents of a snapshot, open or closed, oldest first.
func Findings(s *model.Snapshot) []Finding {
	out := make([]Finding, 0, len(s.Incidents))
	for _, i := range s.Incidents {
		evidence := i.Evidence
		if i.Moved != "" {
			evidence += "; " + i.Moved
		}
		out = append(out, Finding{
			Product: i.Product, Kind: string(i.Lead().Kind), Series: i.Lead().Series, Severity: string(i.Severity),
			StartedAt: i.StartedAt, OpenedAt: i.OpenedAt, PagedAt: i.PagedAt, Evidence: evidence, Explains: i.Explains,
		})
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return a.OpenedAt.Compare(b.OpenedAt) })
	return out
}

// Script is the demo's timetable.
type Script struct {
	From, Until time.Time // history and incidents lie in [From, Until)
	Loop        time.Time // the agent starts to loop
	Prompt      time.Time // prompt version 8 goes out
	Release     time.Time // claims model v4 goes out
}

// NewScript lays the script out so that it ends at until, days after it began.
func NewScript(until time.Time, days int) Script {
	until = until.UTC().Truncate(time.Minute)
	return Script{
		From:    until.AddDate(0, 0, -days),
		Until:   until,
		Loop:    until.Add(-3 * time.Hour),
		Prompt:  until.Add(-14 * time.Hour),
		Release: until.Add(-26 * time.Hour),
	}
}

// Incidents are what the script injects, in order of time.
func (s Script) Incidents() []Incident {
	return []Incident{
		{
			Name: "offline-up-acceptance-down", Product: Claims, Kind: "divergence", At: s.Release,
			What:  "claims model v4: its offline suite rises from 88 % to 95 % while adjusters accept 72 % instead of 90 % of its decisions",
			marks: []string{"divergence", "acceptance", "override", "score", "prediction", "model_version", "suite"},
			page:  []string{"divergence"},
		},
		{
			Name: "short-answers", Product: Copilot, Kind: "drift", At: s.Prompt,
			What:  "prompt version 8: answers shrink to 55 % of their length, and German users accept 30 % instead of 86 % of them",
			marks: []string{"output", "language", "acceptance", "resolution", "completion", "groundedness", "prompt", "slice", "cost", "duration"},
			page:  []string{"output"},
			tells: []string{"acceptance_rate{language=de}"},
		},
		{
			Name: "agent-loop", Product: Copilot, Kind: "cost", At: s.Loop,
			What:  "one task in six calls the same tool with the same arguments some thirty times, sending its growing context again each time",
			marks: []string{"cost", "runaway", "loop", "budget", "burn", "calls", "tool", "input", "finish", "volume", "duration", "output"},
			page:  []string{"cost_shift", "runaway", "budget_burn", "cost_per"},
		},
	}
}

// Judge assigns findings to injected incidents. A finding is of the latest
// incident of its product that had begun when the finding opened and whose
// consequences carry one of the finding's words: those of its own kind and
// series, and only where none fits those of the series that it explains. What
// opened before anything was injected explains nothing, whatever it grew into
// later. Only pages prove that an incident was found.
// It returns the findings with their incident, those that page although
// nothing was injected that explains them, and the incidents nobody found.
func Judge(incidents []Incident, findings []Finding) (found, unexpected []Finding, missed []Incident) {
	pages, words := map[string]string{}, map[string]string{} // incident → the words of its pages, and of all
	for _, f := range findings {
		own := strings.ToLower(f.Kind + " " + f.Series)
		explained := strings.ToLower(strings.Join(f.Explains, " "))
		in := latest(incidents, f, own)
		if in == nil {
			in = latest(incidents, f, explained)
		}
		switch {
		case in != nil:
			f.Injected = in.Name
			f.DetectedAfter = f.OpenedAt.Sub(in.At).Seconds()
			said := own + " " + explained + " "
			words[in.Name] += said
			if f.Severity == "page" {
				pages[in.Name] += said
			}
			found = append(found, f)
		case f.Severity == "page":
			unexpected = append(unexpected, f)
		}
	}
	for _, in := range incidents {
		if !containsAny(pages[in.Name], in.page) || len(in.tells) > 0 && !containsAny(words[in.Name], in.tells) {
			missed = append(missed, in)
		}
	}
	return found, unexpected, missed
}

// latest is the last incident that had begun when f opened and that the words
// fit, or nil.
func latest(incidents []Incident, f Finding, words string) *Incident {
	for i := len(incidents) - 1; i >= 0; i-- {
		in := &incidents[i]
		if in.Product == f.Product && !f.OpenedAt.Before(in.At) && containsAny(words, in.marks) {
			return in
		}
	}
	return nil
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
