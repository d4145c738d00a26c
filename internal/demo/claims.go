package demo

import (
	"fmt"
	"math"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/windage-dev/windage/model"
)

var (
	claimsShape = shape{perHour: 40, office: true}

	channels      = []string{"app", "web", "phone"}
	channelShares = []float64{0.55, 0.3, 0.15}
	regions       = []string{"north", "south", "east", "west"}
	regionShares  = []float64{0.3, 0.3, 0.2, 0.2}
)

// suiteCases is the size of the offline suite that runs every night.
const suiteCases = 400

// modelVersion is the claims model serving at t.
func (p *Player) modelVersion(t time.Time) string {
	if t.Before(p.script.Release) {
		return "v3"
	}
	return "v4"
}

// claim is one insurance claim scored by the predictive model; an adjuster
// accepts or overrides the decision within the hour, and the truth is known
// one to three days later.
func (p *Player) claim(spans ptrace.SpanSlice, at time.Time) {
	version := p.modelVersion(at)
	amount := float64(lognormal(p.r, 900, 0.8))
	age := 18 + 60*p.r.Float64()
	channel := pick(p.r, channels, channelShares)
	score := 1 / (1 + math.Exp(-(1.1*(math.Log(amount)-math.Log(900)) + 0.9*p.r.NormFloat64() - 1.2)))
	label := "approve"
	if score >= 0.5 {
		label = "review"
	}
	id := fmt.Sprintf("claim-%012x", p.r.Uint64()>>16)

	t := p.newTrace(spans)
	s := t.span("predict claims-triage", ptrace.SpanKindServer, pcommon.SpanID{}, at, time.Duration(lognormal(p.r, 18, 0.3))*time.Millisecond)
	a := s.Attributes()
	a.PutStr("ml.model.name", Claims)
	a.PutStr("ml.model.version", version)
	a.PutStr("ml.prediction.id", id)
	a.PutDouble("ml.prediction.score", score)
	a.PutStr("ml.prediction.label", label)
	a.PutDouble("ml.feature.amount", amount)
	a.PutDouble("ml.feature.customer_age", math.Round(age))
	a.PutStr("ml.feature.channel", channel)
	a.PutStr("ml.feature.region", pick(p.r, regions, regionShares))

	base := model.Signal{TraceID: model.TraceID(t.id), PredictionID: id, Product: Claims, ServiceName: Claims, Model: version}
	accept := 0.90
	if version == "v4" {
		accept = 0.72
	}
	accepted := p.r.Float64() < accept
	f := base
	f.Kind, f.Name, f.Annotator = model.SignalFeedback, "acceptance", "human"
	f.Label, f.Passed = "accepted", model.True
	if !accepted {
		f.Label, f.Passed = "overridden", model.False
	}
	f.At, f.SourceID = at.Add(time.Duration(lognormal(p.r, 900, 0.5))*time.Second), "a-"+id
	p.say(f)

	truth := "approve"
	if p.r.Float64() < score {
		truth = "review"
	}
	l := base
	l.Kind, l.Name, l.Label = model.SignalLabel, "actual", truth
	l.At, l.SourceID = at.Add(24*time.Hour+time.Duration(p.r.Int64N(int64(48*time.Hour)))), "l-"+id
	p.say(l)
}

// claimsSuite is the offline evaluation, run every night at 02:00 and right
// after a release.
func (p *Player) claimsSuite(minute time.Time) {
	nightly := minute.Hour() == 2 && minute.Minute() == 0
	release := minute.Equal(p.script.Release.Truncate(time.Minute))
	if !nightly && !release {
		return
	}
	version := p.modelVersion(minute)
	good := 0.88
	if version == "v4" {
		good = 0.95
	}
	run := minute.Format("2006-01-02T15:04")
	for i := range suiteCases {
		p.say(model.Signal{
			Kind: model.SignalSuite, Name: "pass", At: minute, Product: Claims, ServiceName: Claims, Model: version,
			Suite: "claims-gold", Run: run, Case: fmt.Sprintf("case-%03d", i), Annotator: "code",
			Passed: model.BoolOf(p.r.Float64() < good), SourceID: fmt.Sprintf("%s-%03d", run, i),
		})
	}
}
