package series

import (
	"strings"

	"github.com/windage-dev/windage/drift/detect"
)

// Role is how a series is watched.
type Role struct {
	Kind     detect.Kind
	Positive string
	// Ticket caps it: worth knowing, worth nobody's sleep.
	Ticket bool
	// Pinned values must not appear unseen.
	Pinned bool
	Good   int
}

// roles of the built-in series. A mix that moves whenever a version is rolled
// out or a market opens is a ticket; what users feel or pay for may page.
var roles = map[string]Role{
	"input_tokens":                {Kind: detect.Numeric},
	"output_tokens":               {Kind: detect.Numeric},
	"output_chars":                {Kind: detect.Numeric, Ticket: true}, // tells what output_tokens tells
	"call_duration_seconds":       {Kind: detect.Numeric, Good: -1},
	"time_to_first_token_seconds": {Kind: detect.Numeric, Good: -1},
	"cost_per_call":               {Kind: detect.Numeric, Good: -1, Ticket: true}, // tells what tokens and cost_per_task tell
	"cost_per_task":               {Kind: detect.Numeric, Good: -1},
	"calls_per_task":              {Kind: detect.Numeric},
	"tool_calls_per_task":         {Kind: detect.Numeric, Ticket: true},
	"task_duration_seconds":       {Kind: detect.Numeric, Good: -1, Ticket: true},
	"cache_hit_ratio":             {Kind: detect.Score, Good: 1},
	"retrieval_score":             {Kind: detect.Score, Good: 1},
	"retrieved_documents":         {Kind: detect.Numeric, Ticket: true},
	"prediction_score":            {Kind: detect.Score},
	"finish_reason":               {Kind: detect.Categorical},
	"response_model":              {Kind: detect.Categorical, Pinned: true, Ticket: true},
	"prediction_label":            {Kind: detect.Categorical},
	"tool":                        {Kind: detect.Categorical, Ticket: true},
	"language":                    {Kind: detect.Categorical, Ticket: true},
	"prompt_version":              {Kind: detect.Categorical, Ticket: true},
	"model_version":               {Kind: detect.Categorical, Ticket: true},
	"guardrail_verdict":           {Kind: detect.Categorical},
	"call_status":                 {Kind: detect.Rate, Positive: "error", Good: -1},
	"tool_status":                 {Kind: detect.Rate, Positive: "error", Good: -1},
}

// derived are counted for others to compute with and are no series of their own.
var derived = map[string]bool{PositiveScores: true}

// PositiveScores is the part of the scores that the model called positive.
const PositiveScores = "prediction_score_positive"

// RoleOf is how the series of that name is watched, given the grid its blocks
// are counted on.
func RoleOf(name, grid string) Role {
	if r, ok := roles[name]; ok {
		return r
	}
	feature := strings.HasPrefix(name, "feature.")
	switch {
	case grid == "unit":
		return Role{Kind: detect.Score, Ticket: feature}
	case grid == "category" && strings.HasSuffix(name, "_rate"):
		return Role{Kind: detect.Rate, Positive: "pass", Good: 1}
	case grid == "category":
		return Role{Kind: detect.Categorical, Ticket: feature}
	default:
		return Role{Kind: detect.Numeric, Ticket: feature}
	}
}

// Known reports whether the series of that name is built in.
func Known(name string) bool { _, ok := roles[name]; return ok }
