package explain

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/windage-dev/windage/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

func effect(v, low, high float64, n int64) model.Estimate {
	return model.Estimate{Value: &v, Interval: &model.Interval95{Low: low, High: high}, N: n}
}

// The sentences that people are woken with, read as a whole: go test
// ./drift/explain -update after a wanted change, and read them.
func TestStoriesReadWell(t *testing.T) {
	began := time.Date(2026, 11, 23, 22, 0, 0, 0, time.UTC)
	prompt := []model.Change{{At: began.Add(-time.Minute), Kind: "prompt_version", Name: "prompt_version", From: "7", To: "8"}}
	deploy := []model.Change{{At: began.Add(-5 * time.Hour), Kind: "deploy", Name: "checkout", To: "2.14.0"}}
	chance := "over 3 h the typical value lies 9.1 standard deviations from the same hours of the reference; chance alone does that to this series once in more than a thousand years"
	var b strings.Builder
	for _, in := range []model.Incident{
		{Kind: model.IncidentDrift, Series: "output_tokens", Effect: effect(-0.38, -0.41, -0.35, 412), EffectUnit: "relative", Causes: prompt, Evidence: chance},
		{Kind: model.IncidentDrift, Series: "acceptance_rate{language=de}", Effect: effect(-0.41, -0.52, -0.3, 96), EffectUnit: "share", Causes: prompt, Evidence: chance},
		{Kind: model.IncidentDrift, Series: "acceptance_rate", Effect: effect(-0.15, -0.2, -0.1, 231), EffectUnit: "share", Evidence: chance, ClosedAt: began.Add(9 * time.Hour)},
		{Kind: model.IncidentDrift, Series: "language", Effect: effect(0.25, 0.2, 0.3, 900), EffectUnit: "share", Evidence: chance},
		{Kind: model.IncidentDrift, Series: "feature.amount", Effect: effect(0.4, 0.3, 0.5, 900), EffectUnit: "sd", Causes: deploy, Evidence: chance},
		{Kind: model.IncidentDataQuality, Series: "feature.amount", Effect: effect(0.9, 0.85, 0.95, 400), EffectUnit: "share", Causes: deploy, Evidence: chance},
		{Kind: model.IncidentModelChange, Series: "response_model", Effect: effect(0.99, 0.97, 1, 300), EffectUnit: "share", Evidence: chance},
		{Kind: model.IncidentVolume, Series: "volume", Effect: effect(-0.8, -0.85, -0.7, 40), EffectUnit: "relative", Causes: deploy, Evidence: chance},
		{Kind: model.IncidentDrift, Series: "cost_per_call", Effect: model.Estimate{Reason: "nothing measured yet"}, Evidence: ""},
	} {
		in.StartedAt = began
		b.WriteString(Story(in) + "\n\n")
	}
	mix := func(dimension, unit string, parts ...Part) {
		m, ok := MixOf(dimension, parts)
		require.True(t, ok)
		b.WriteString(m.Say(unit) + "\n\n")
	}
	share := func(n, k float64) Moments { return Moments{n, k, k} }
	mix("language", "share", Part{"de", share(2000, 1000), share(4500, 2250)}, Part{"en", share(8000, 7200), share(5500, 4950)})
	mix("language", "share", Part{"de", share(2000, 1720), share(200, 90)}, Part{"en", share(8000, 7200), share(800, 715)})
	mix("plan", "relative", Part{"free", Moments{1000, 5000, 25250}, Moments{500, 2250, 10250}}, Part{"pro", Moments{1000, 5000, 25250}, Moments{500, 2250, 10250}})
	path := filepath.Join("testdata", "stories.txt")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

func TestAMixAddsUpAndKnowsItsIntervals(t *testing.T) {
	share := func(n, k float64) Moments { return Moments{n, k, k} }
	m, ok := MixOf("language", []Part{{"de", share(2000, 1000), share(4500, 2250)}, {"en", share(8000, 7200), share(5500, 4950)}})
	require.True(t, ok)
	require.InDelta(t, -0.1, *m.Mix.Value, 1e-9, "de went from 20 to 45 % at 50 % against 90 %")
	require.InDelta(t, 0, *m.Within.Value, 1e-9)
	require.Less(t, m.Mix.Interval.High, -0.09)
	require.Less(t, m.Within.Interval.Low, 0.0)
	require.Greater(t, m.Within.Interval.High, 0.0)
}

func TestAVersionThatReplacedAnotherIsNoMix(t *testing.T) {
	share := func(n, k float64) Moments { return Moments{n, k, k} }
	_, ok := MixOf("prompt.version", []Part{{"7", share(10000, 9000), share(12, 8)}, {"8", Moments{}, share(1000, 600)}})
	require.False(t, ok)
	_, ok = MixOf("language", []Part{{"de", share(10, 5), share(10, 5)}})
	require.False(t, ok, "one slice is no mix")
}

func TestTheSplitThatSaysMostIsTold(t *testing.T) {
	share := func(n, k float64) Moments { return Moments{n, k, k} }
	plan, _ := MixOf("plan", []Part{{"free", share(5000, 4300), share(500, 350)}, {"pro", share(5000, 4300), share(500, 350)}})
	language, _ := MixOf("language", []Part{{"de", share(2000, 1720), share(200, 40)}, {"en", share(8000, 6880), share(800, 660)}})
	got, ok := Tellingest([]Mix{plan, language})
	require.True(t, ok)
	require.Equal(t, "language", got.Dimension)
	_, ok = Tellingest(nil)
	require.False(t, ok)
}
