package model_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/internal/testkit/filled"
	"github.com/windage-dev/windage/model"
)

// What of a signal is no part of its identity: what was said, and what is only
// kept with it.
var saidOnly = map[string]bool{
	"Value": true, "Label": true, "Passed": true, "Annotator": true, "Severity": true, "Reason": true, "Model": true,
	"PromptVersion": true, "Variant": true, "Deleted": true, "Rest": true, "ReceivedAt": true,
}

// Given a signal that names a session, when one of its fields changes, then its
// identity does exactly where the field is part of it. A new field of
// model.Signal fails this test until somebody decides.
func TestWhatTheIdentityIsMadeOf(t *testing.T) {
	base := model.Signal{Kind: model.SignalFeedback, Name: "acceptance", SessionID: "s", At: time.Unix(1_790_000_000, 0)}
	var other model.Signal
	filled.Struct(&other, 7, time.Unix(1_790_001_000, 0))
	for i := range reflect.TypeFor[model.Signal]().NumField() {
		name := reflect.TypeFor[model.Signal]().Field(i).Name
		s := base
		reflect.ValueOf(&s).Elem().Field(i).Set(reflect.ValueOf(other).Field(i))
		if saidOnly[name] || name == "At" {
			require.Equal(t, base.ID(), s.ID(), name)
		} else {
			require.NotEqual(t, base.ID(), s.ID(), name)
		}
	}
}

func TestWhenTheTimeTellsOccurrencesApart(t *testing.T) {
	for name, c := range map[string]struct {
		s     model.Signal
		apart bool
	}{
		"a deployment":                  {model.Signal{Kind: model.SignalChange, Name: "deploy", Product: "shop"}, true},
		"a deployment by somebody":      {model.Signal{Kind: model.SignalChange, Name: "deploy", UserID: "u"}, true},
		"a violation of nobody knows":   {model.Signal{Kind: model.SignalViolation, Name: "pii"}, true},
		"a violation in a session":      {model.Signal{Kind: model.SignalViolation, Name: "pii", SessionID: "s"}, false},
		"an activation without a user":  {model.Signal{Kind: model.SignalBusiness, Name: "activation"}, true},
		"a user's activation":           {model.Signal{Kind: model.SignalBusiness, Name: "activation", UserID: "u"}, false},
		"a business result with its id": {model.Signal{Kind: model.SignalBusiness, Name: "revenue", SourceID: "7"}, false},
		"a case of a suite":             {model.Signal{Kind: model.SignalSuite, Name: "exact", Suite: "s", Run: "r", Case: "c"}, false},
		"a suite's result without case": {model.Signal{Kind: model.SignalSuite, Name: "exact", Suite: "s", Run: "r"}, true},
		"feedback on a trace":           {model.Signal{Kind: model.SignalFeedback, Name: "thumbs", TraceID: model.TraceID{1}}, false},
	} {
		a, b := c.s, c.s
		a.At, b.At = time.Unix(1_790_000_000, 0), time.Unix(1_790_000_060, 0)
		require.Equal(t, c.apart, a.ID() != b.ID(), name)
	}
}

func TestIdsThatAreUniqueByThemselvesNeedNoProduct(t *testing.T) {
	rated := model.Signal{Kind: model.SignalFeedback, Name: "thumbs", TraceID: model.TraceID{1}, Product: "shop"}
	corrected := rated
	corrected.Product, corrected.Source = "", model.SourceHTTP
	require.Equal(t, rated.ID(), corrected.ID(), "a correction need not repeat the product nor come the same way")
	require.NotEqual(t, (&model.Signal{Name: "a", ResponseID: "bc"}).ID(), (&model.Signal{Name: "ab", ResponseID: "c"}).ID())
}
