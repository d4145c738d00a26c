package quality

import (
	"slices"

	"github.com/windage-dev/windage/model"
)

// Words are labels that are a verdict by themselves, for signals that give no
// verdict of their own.
type Words struct {
	Kind    model.SignalKind
	Name    string // canonical; "" is any other name of the kind
	Yes, No []string
}

// Verdicts are all such words, canonical. Labels that are not among them are
// no verdict.
var Verdicts = []Words{
	{
		model.SignalFeedback, "acceptance",
		[]string{"accepted", "accept", "approved", "approve", "applied", "kept", "used", "as_is", "unchanged", "confirmed", "yes", "true", "pass", "passed"},
		[]string{
			"edited", "edit", "modified", "changed", "corrected", "rejected", "reject", "declined", "denied", "dismissed", "discarded", "ignored", "undone", "reverted",
			"overridden", "override", "overruled", "not_accepted", "no", "false", "fail", "failed",
		},
	},
	{
		model.SignalFeedback, "",
		[]string{"positive", "up", "thumbs_up", "like", "liked", "good", "helpful", "yes", "true", "pass", "passed", "correct"},
		[]string{"negative", "down", "thumbs_down", "dislike", "disliked", "bad", "unhelpful", "not_helpful", "no", "false", "fail", "failed", "incorrect"},
	},
	{
		model.SignalEvaluation, "",
		[]string{"pass", "passed", "true", "yes", "1", "grounded", "faithful", "supported", "factual", "correct", "relevant"},
		[]string{
			"fail", "failed", "false", "no", "0", "ungrounded", "not_grounded", "unfaithful", "not_faithful", "unsupported", "not_supported", "hallucinated",
			"incorrect", "irrelevant", "not_relevant",
		},
	},
	{
		model.SignalSuite, "",
		[]string{"pass", "passed", "true", "yes", "1", "ok", "success", "correct"},
		[]string{"fail", "failed", "false", "no", "0", "error", "failure", "incorrect"},
	},
	{
		model.SignalBusiness, "resolution",
		[]string{"resolved", "solved", "yes", "true"},
		[]string{"unresolved", "not_resolved", "unsolved", "reopened", "no", "false"},
	},
	{
		model.SignalBusiness, "activation",
		[]string{"activated", "active", "yes", "true"},
		[]string{"not_activated", "inactive", "no", "false"},
	},
	{
		model.SignalBusiness, "retention",
		[]string{"retained", "returned", "active", "yes", "true"},
		[]string{"not_retained", "churned", "lost", "inactive", "no", "false"},
	},
	{model.SignalBusiness, "", []string{"yes", "true", "pass", "passed"}, []string{"no", "false", "fail", "failed"}},
}

// VerdictOf is what a signal says, yes or no: its own verdict, else what its
// label says by Verdicts, else a score of exactly 1 or 0 of a case of a suite
// or of what either is or is not so. Override and escalation feedback is left
// as it is: its labels say what happened.
func VerdictOf(s *model.Signal) model.Bool {
	name := SignalName(s.Name)
	if s.Passed != model.Unknown || s.Kind == model.SignalFeedback && (name == "override" || name == "escalation") {
		return s.Passed
	}
	label := Canonical(s.Label)
	for _, w := range Verdicts { // a name of its own stands before the rest of its kind
		if w.Kind != s.Kind || w.Name != "" && w.Name != name {
			continue
		}
		if slices.Contains(w.Yes, label) {
			return model.True
		}
		if slices.Contains(w.No, label) {
			return model.False
		}
		if w.Name != "" {
			break
		}
	}
	if s.Value != nil && (*s.Value == 0 || *s.Value == 1) && (s.Kind == model.SignalSuite || yesOrNo[name]) {
		return model.BoolOf(*s.Value == 1)
	}
	return model.Unknown
}

var yesOrNo = map[string]bool{"acceptance": true, "resolution": true, "activation": true, "retention": true}

// signalNames are the signals that feed the built-in metrics, by the names of
// these: who sends acceptance_rate means acceptance.
var signalNames = map[string]string{
	"acceptance_rate": "acceptance", "override_rate": "override", "escalation_rate": "escalation", "time_saved_seconds": "time_saved",
	"resolution_rate": "resolution", activationName: "activation", retentionName: "retention",
}

// SignalName is the name under which a signal is counted.
func SignalName(name string) string {
	name = Canonical(name)
	if to, ok := signalNames[name]; ok {
		return to
	}
	return name
}
