package explain

import (
	"fmt"
	"strings"

	"github.com/windage-dev/windage/model"
)

// Story is the evidence of an incident that the detector found, for a tired
// person: what moved, how much, since when, what changed before it, why it is
// no chance, and what to look at. Evidence holds why it is no chance.
func Story(in model.Incident) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s since %s", subject(in), size(in), in.StartedAt.UTC().Format("2 Jan 15:04 UTC"))
	if !in.Open() {
		fmt.Fprintf(&b, ", over at %s", in.ClosedAt.UTC().Format("2 Jan 15:04"))
	}
	b.WriteString(".")
	if len(in.Causes) > 0 {
		fmt.Fprintf(&b, " %s: %s.", before(in, in.Causes[0]), change(in.Causes[0]))
	} else {
		b.WriteString(" No change is on record before it.")
	}
	if in.Evidence != "" {
		fmt.Fprintf(&b, " %s.", strings.TrimSuffix(strings.ToUpper(in.Evidence[:1])+in.Evidence[1:], "."))
	}
	if h := hint(in); h != "" {
		fmt.Fprintf(&b, " Look at %s.", h)
	}
	return b.String()
}

// size is the effect, as a rise or fall where the series has a way to go.
func size(in model.Incident) string {
	s := Size(in.Effect, in.EffectUnit)
	name, _, _ := strings.Cut(in.Series, "{")
	if in.Kind == model.IncidentDataQuality || in.EffectUnit == "share" && !strings.HasSuffix(name, "_rate") {
		return s
	}
	return strings.NewReplacer("moved by -", "fell by ", "moved by +", "rose by ").Replace(s)
}

// subject is what an incident is about: "Output tokens of language=de".
func subject(in model.Incident) string {
	name, slice, _ := strings.Cut(in.Series, "{")
	s := strings.ReplaceAll(name, "_", " ")
	if f, ok := strings.CutPrefix(name, "feature."); ok {
		s = "feature " + f
	}
	if in.Kind == model.IncidentVolume {
		s = "traffic"
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if slice = strings.TrimSuffix(slice, "}"); slice != "" {
		s += " of " + slice
	}
	return s
}

func before(in model.Incident, c model.Change) string {
	switch d := in.StartedAt.Sub(c.At); {
	case d.Minutes() < -1:
		return fmt.Sprintf("%.0f min into it", -d.Minutes())
	case d.Minutes() < 2:
		return "Just before it"
	case d.Hours() < 2:
		return fmt.Sprintf("%.0f min before it", d.Minutes())
	default:
		return fmt.Sprintf("%.0f h before it", d.Hours())
	}
}

func change(c model.Change) string {
	s := strings.TrimSpace(c.Kind + " " + c.Name)
	if c.Kind == c.Name {
		s = c.Name
	}
	s = strings.ReplaceAll(s, "_", " ")
	switch {
	case c.From != "" && c.To != "":
		s += fmt.Sprintf(" %s → %s", c.From, c.To)
	case c.To != "":
		s += " → " + c.To
	}
	return s
}

// hints say where to look when a signal moves.
var hints = map[string]string{
	"input_tokens":                "what goes into the prompt: template, retrieved documents, history",
	"output_tokens":               "the answers themselves: prompt, token limit, model",
	"output_chars":                "the answers themselves: prompt, token limit, model",
	"call_duration_seconds":       "the provider's status, and whether answers became longer",
	"time_to_first_token_seconds": "the provider's status, and whether prompts became longer",
	"cost_per_call":               "model mix, tokens and cache hits",
	"cost_per_task":               "the costliest tasks: more calls, longer prompts, another model",
	"calls_per_task":              "the longest tasks: a loop, retries, a new step",
	"tool_calls_per_task":         "the longest tasks: a loop, retries, a new step",
	"cache_hit_ratio":             "what changed at the beginning of the prompt",
	"retrieval_score":             "the index: when it was built, what it is asked",
	"retrieved_documents":         "the index: when it was built, what it is asked",
	"finish_reason":               "the value that moved: length cuts answers off, content_filter refuses, tool_calls loops",
	"call_status":                 "the error types, and the provider's status",
	"tool_status":                 "the tool that fails, and its error",
	"language":                    "whether quality holds in the language that grew",
	"response_model":              "the provider's model notices, and quality since",
	"prediction_score":            "the features that drift with it, and what the model was deployed as",
	"prediction_label":            "the features that drift with it, and the threshold",
	"guardrail_verdict":           "the traces with the verdict that grew",
	"volume":                      "what sends the traffic: clients, gateway, the telemetry pipeline itself",
}

func hint(in model.Incident) string {
	name, slice, sliced := strings.Cut(in.Series, "{")
	h := hints[name]
	switch {
	case h != "":
	case in.Kind == model.IncidentDataQuality:
		h = "what writes this field: a release, a source, a schema"
	case strings.HasPrefix(name, "feature."):
		h = "the source of the feature, and the slices that bring the new values"
	case strings.HasSuffix(name, "_rate"), strings.HasSuffix(name, "_score"):
		h = "the traces that failed since then"
		if sliced {
			h += " in " + strings.TrimSuffix(slice, "}")
		}
	}
	if len(in.Causes) > 0 && in.Kind != model.IncidentVolume {
		first := "that change first"
		if h == "" {
			return first
		}
		return first + ", then at " + h
	}
	return h
}
