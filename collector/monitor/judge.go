package monitor

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"sort"
	"time"

	"go.uber.org/zap"

	"github.com/windage-dev/windage/cost/budget"
	"github.com/windage-dev/windage/cost/spend"
	driftwatch "github.com/windage-dev/windage/drift/watch"
	"github.com/windage-dev/windage/internal/version"
	"github.com/windage-dev/windage/model"
	"github.com/windage-dev/windage/quality"
	"github.com/windage-dev/windage/quality/incident"
	"github.com/windage-dev/windage/quality/watch"
	"github.com/windage-dev/windage/spec"
	"github.com/windage-dev/windage/store"
)

const (
	// judged is how far back hours are judged anew; older incidents are those
	// that are stored.
	judged = 21 * 24 * time.Hour
	// recent is how long closed incidents and changes are shown.
	recent = 14 * 24 * time.Hour
	// costWindow is what the cost totals are about.
	costWindow = 24 * time.Hour
	// budgetStep is how often a budget's past is looked at.
	budgetStep = 15 * time.Minute
	// budgetJudged is how far back that goes.
	budgetJudged = 4 * 24 * time.Hour
)

// judge turns what is known as of asOf into a snapshot, and stores its audit.
func (e *evaluator) judge(ctx context.Context, db *store.Store, asOf time.Time, forced bool) (*model.Snapshot, error) {
	watch := stopwatch{e.log, time.Now()}
	changes, err := db.Changes(ctx, asOf.Add(-judged))
	if err != nil {
		return nil, err
	}
	changes = incident.Changes(changes)
	seen, err := db.Products(ctx, asOf.Add(-e.history))
	if err != nil {
		return nil, err
	}
	costs, err := db.Costs(ctx, asOf.Add(-costWindow), asOf)
	if err != nil {
		return nil, err
	}
	byDimension, err := db.CostByDimension(ctx, asOf.Add(-costWindow), asOf, e.file.Labels.TopValues)
	if err != nil {
		return nil, err
	}
	wasted, err := db.Waste(ctx, asOf.Add(-costWindow), asOf)
	if err != nil {
		return nil, err
	}
	if err := e.refreshMetricUsage(ctx, db, asOf, forced); err != nil {
		return nil, err
	}
	stored, err := db.Incidents(ctx, asOf.Add(-e.history))
	if err != nil {
		return nil, err
	}
	if err := e.readBaselines(ctx, db); err != nil {
		return nil, err
	}
	watch.lap("overview")
	e.judgeDrift(asOf, changes, forced)
	watch.lap("drift")

	e.rejudged = map[string][]model.Change{}
	snap := &model.Snapshot{AsOf: asOf, Versions: versions(e.config), Tasks: e.taskTotals()}
	found := append([]model.Incident(nil), e.drift.Incidents...)
	for _, name := range e.products(seen) {
		p, own := e.product(name, asOf, changes)
		found = append(found, own...)
		p.Services, p.LastSeen = seen[name].Services, seen[name].Last
		if c := costs[name]; c != nil {
			p.Cost = *c
		}
		p.MetricUsage = e.metricUsage[name]
		p.Cost.Window, p.Cost.ByDimension, p.Cost.Waste = costWindow, byDimension[name], wasted[name]
		snap.Products = append(snap.Products, p)
	}
	watch.lap("layers")
	budgets, own := e.judgeBudgets(asOf)
	watch.lap("budgets")
	snap.Budgets, found = budgets, append(found, own...)
	runaways, err := e.judgeRunaways(ctx, db, asOf)
	if err != nil {
		return nil, err
	}
	found = append(found, runaways...)
	if snap.Infra, err = e.judgeInfra(ctx, db, asOf); err != nil {
		return nil, err
	}
	for i := range found {
		if found[i].ID == "" {
			found[i].ID = incident.ID(found[i])
		}
		if found[i].Runbook == "" {
			found[i].Runbook = e.file.Products[found[i].Product].Runbook
		}
	}
	e.judged(found, snap)
	found = incident.Fold(incident.Suppress(found, asOf))
	for i := range found {
		if len(found[i].Causes) == 0 {
			found[i].Causes = incident.Causes(changes, found[i].Product, found[i].StartedAt)
		}
	}
	if err := examples(ctx, db, found, asOf); err != nil {
		return nil, err
	}
	for i := range found {
		found[i] = told(found[i])
	}
	all := incident.Reconcile(stored, found, asOf)
	if err := e.regionExamples(ctx, db, all, asOf); err != nil {
		return nil, err
	}
	snap.Incidents = shown(all, asOf)
	e.finish(snap, asOf)
	for _, name := range sorted(e.rejudged) {
		changes = append(changes, e.rejudged[name]...)
	}
	slices.SortStableFunc(changes, func(a, b model.Change) int { return a.At.Compare(b.At) })
	for i := len(changes) - 1; i >= 0; i-- {
		if changes[i].At.After(asOf.Add(-recent)) {
			snap.Changes = append(snap.Changes, changes[i])
		}
	}
	return snap, e.store(ctx, db, snap, all, asOf)
}

// products are those that windage.yaml names and those that were seen.
func (e *evaluator) products(seen map[string]store.Seen) []string {
	set := map[string]bool{}
	for name := range e.file.Products {
		set[name] = true
	}
	for name := range seen {
		set[name] = true
	}
	for k := range e.facts {
		set[k.Product] = true
	}
	for name := range e.metricUsage {
		set[name] = true
	}
	delete(set, "")
	out := make([]string, 0, len(set))
	for name := range set {
		if _, named := e.file.Products[name]; named || len(e.file.Products) == 0 {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}

// product judges the layers of one product.
func (e *evaluator) product(name string, asOf time.Time, changes []model.Change) (model.ProductStatus, []model.Incident) {
	conf := e.file.Products[name]
	p := model.ProductStatus{Name: name, Owner: conf.Owner, Runbook: conf.Runbook, FalsePages: e.drift.FalsePages}
	var hours []watch.Hour
	for k, f := range e.facts {
		if at := time.Unix(k.Hour, 0).UTC(); k.Product == name && at.Before(asOf) {
			hours = append(hours, watch.Hour{Start: at, Facts: f})
		}
	}
	sort.Slice(hours, func(i, j int) bool { return hours[i].Start.Before(hours[j].Start) })
	res := watch.Run(watch.Product{
		Name: name, Runbook: conf.Runbook, Metrics: conf.Metrics, Hours: hours, From: asOf.Add(-judged),
		Changes: changes, LabelAge: e.labelAge(name),
	}, asOf)
	if len(hours) == 0 {
		for _, s := range quality.Settings(quality.Definitions, conf.Metrics) {
			res.Metrics = append(res.Metrics, s.Assess(new(quality.Facts), nil))
		}
	}
	p.Metrics, p.Divergences = res.Metrics, res.Divergences
	p.Performance, p.Judges = e.performanceOf(name), res.Judges
	e.rejudged[name] = res.JudgeChanges
	for _, v := range e.drift.Verdicts {
		if v.Product == name {
			p.Series = append(p.Series, v)
		}
	}
	last := map[model.Layer]time.Time{}
	for _, h := range hours {
		for l, at := range h.Facts.Last {
			last[l] = later(last[l], at)
		}
	}
	for _, l := range quality.Layers {
		p.Freshness = append(p.Freshness, model.Freshness{Source: sources[l], Layer: l, Last: last[l]})
	}
	return p, slices.Concat(res.Incidents, e.judgeSpend(name, conf.Runbook, hours, asOf), e.judgeUses(name, conf, asOf))
}

var sources = map[model.Layer]string{
	model.Offline: "evaluations, suite runs and labels", model.Online: "calls, tasks and feedback", model.Business: "closed tasks, outcomes and business signals",
}

// finish adds what needs the incidents: the lights.
func (e *evaluator) finish(snap *model.Snapshot, asOf time.Time) {
	for i := range snap.Products {
		p := &snap.Products[i]
		open := map[model.Layer][]string{}
		for _, in := range snap.Open(p.Name) {
			if in.Lead().Kind == model.IncidentBreach {
				continue // the metric itself says so
			}
			l := layerOf(in, p)
			open[l] = append(open[l], incident.Headline(in))
		}
		p.Lights = quality.Lights(p.Metrics, open, asOf, quality.Silence)
	}
}

// layerOf is the layer whose light an incident dims.
func layerOf(in model.Incident, p *model.ProductStatus) model.Layer {
	lead := in.Lead()
	switch lead.Kind {
	case model.IncidentBudgetBurn, model.IncidentCostShift, model.IncidentRunaway, model.IncidentCacheBreak, model.IncidentViolation:
		return model.Business
	case model.IncidentDrift:
		signal, _, _ := cut(lead.Series, '{')
		if signal == "cost_per_task" || signal == "cost_per_call" {
			return model.Business
		}
		for _, m := range p.Metrics {
			if m.Name == signal || m.Name+"_rate" == signal || m.Name+"_score" == signal {
				return m.Layer
			}
		}
	}
	return model.Online
}

func cut(s string, sep byte) (before, after string, found bool) {
	for i := range s {
		if s[i] == sep {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// judgeDrift runs the detector where a block has closed, or where rows of
// judged blocks have changed and the last look is some minutes old.
func (e *evaluator) judgeDrift(asOf time.Time, changes []model.Change, forced bool) {
	end := asOf.Truncate(time.Hour)
	e.driftFresh = !end.Equal(e.driftAt) || e.driftStale && (forced || asOf.Sub(e.driftOn) >= driftEvery)
	if !e.driftFresh {
		return
	}
	in := driftwatch.Installation{File: e.file, Baselines: e.baselines.pinned, Missing: e.baselines.missing, Changes: changes, Until: end, Judges: e.judges}
	out := e.watchSeries(in, end)
	e.drift, e.driftAt, e.driftOn, e.driftStale = out, end, asOf, false
}

// judgeBudgets looks at every budget now, and at its last days in steps, so
// that an incident opened in the past is found again after a restart.
func (e *evaluator) judgeBudgets(asOf time.Time) ([]model.BudgetStatus, []model.Incident) {
	var out []model.BudgetStatus
	var found []model.Incident
	for _, name := range sorted(e.file.Products) {
		conf := e.file.Products[name]
		for _, b := range conf.Budgets {
			s, err := budget.FromSpec(name, b)
			if err != nil {
				e.log.Error("A budget cannot be judged", zap.String("product", name), zap.Error(err))
				continue
			}
			history := spent(e.stepsOf(name, b), asOf)
			if history == nil { // nothing was spent
				history = &spend.Series{Start: asOf, Step: store.SpendStep}
			}
			ledger := incident.New(incident.Hysteresis{OpenAfter: 1, CloseAfter: 4})
			from := later(history.Start, asOf.Add(-budgetJudged)).Truncate(budgetStep).Add(budgetStep)
			var st budget.Status
			step := func(at time.Time) {
				period := st.Start
				st = budget.Evaluate(s, history, at)
				ledger.Step(at, budgetFindings(st, conf.Runbook), nil)
				if !period.IsZero() && !period.Equal(st.Start) {
					ledger.CloseUnseen(st.Start) // what was said of a period is over with it
				}
			}
			for at := from; at.Before(asOf); at = at.Add(budgetStep) {
				step(at)
			}
			step(asOf)
			out = append(out, st.Model())
			found = append(found, ledger.Incidents()...)
		}
	}
	return out, found
}

func budgetFindings(st budget.Status, runbook string) []incident.Finding {
	var out []incident.Finding
	for _, f := range st.Findings {
		effect := f.Effect
		out = append(out, incident.Finding{Incident: model.Incident{
			Product: st.Spec.Product, Kind: model.IncidentBudgetBurn, Series: st.Spec.Name + "/" + f.Kind, Severity: f.Severity,
			Effect: model.Estimate{Value: &effect}, EffectUnit: "ratio", Evidence: f.Evidence, Runbook: runbook,
		}})
	}
	return out
}

// stepsOf is the spend that a budget counts.
func (e *evaluator) stepsOf(product string, b spec.Budget) map[int64]store.Spend {
	if p, ok := part(product, b); ok {
		return e.parts[p]
	}
	return e.spend[product]
}

// part is the team or tenant whose calls the budget counts, if one.
func part(product string, b spec.Budget) (store.Part, bool) {
	switch {
	case b.Team != "":
		return store.Part{Product: product, Dimension: "team", Value: b.Team}, true
	case b.Tenant != "":
		return store.Part{Product: product, Dimension: "tenant", Value: b.Tenant}, true
	default:
		return store.Part{}, false
	}
}

// refreshParts reads the spend of hours again of every team and tenant that
// has a budget of its own; gone are the hours, in unix seconds.
func (e *evaluator) refreshParts(ctx context.Context, db *store.Store, hours []time.Time, gone map[int64]bool) error {
	var parts []store.Part
	for _, name := range sorted(e.file.Products) {
		for _, b := range e.file.Products[name].Budgets {
			if p, ok := part(name, b); ok {
				parts = append(parts, p)
			}
		}
	}
	of, err := db.SpendOf(ctx, parts, hours)
	if err != nil {
		return err
	}
	for _, steps := range e.parts {
		for at := range steps {
			if gone[at-at%3600] {
				delete(steps, at)
			}
		}
	}
	for p, spent := range of {
		if e.parts[p] == nil {
			e.parts[p] = map[int64]store.Spend{}
		}
		for _, s := range spent {
			e.parts[p][s.Start.Unix()] = s
		}
	}
	return nil
}

// spent is spend from its first step to asOf, or nil.
func spent(steps map[int64]store.Spend, asOf time.Time) *spend.Series {
	if len(steps) == 0 {
		return nil
	}
	first := int64(math.MaxInt64)
	for at := range steps {
		first = min(first, at)
	}
	step := int64(store.SpendStep / time.Second)
	n := (asOf.Unix() - first + step - 1) / step
	if n <= 0 {
		return nil
	}
	s := &spend.Series{Start: time.Unix(first, 0).UTC(), Step: store.SpendStep, USD: make([]model.Money, n), Calls: make([]int64, n), Unpriced: make([]int64, n)}
	for at, x := range steps {
		i := (at - first) / step
		if i >= n {
			continue
		}
		s.USD[i], s.Calls[i], s.Unpriced[i] = x.USD, x.Calls, x.Unpriced
		if x.Sampled > 0 && s.Seen == nil {
			s.Seen, s.Variance = make([]model.Money, n), make([]float64, n)
		}
	}
	if s.Seen != nil {
		for at, x := range steps {
			if i := (at - first) / step; i < n {
				s.Seen[i], s.Variance[i] = x.Seen, x.Variance
			}
		}
	}
	return s
}

// shown are the incidents of a snapshot: open ones first, then those closed
// lately, newest first.
func shown(all []model.Incident, asOf time.Time) []model.Incident {
	out := make([]model.Incident, 0, len(all))
	for _, i := range all {
		if i.FoldedInto == "" && (i.Open() || i.ClosedAt.After(asOf.Add(-recent))) {
			out = append(out, i)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if a.Open() != b.Open() {
			return a.Open()
		}
		if a.Severity != b.Severity {
			return a.Severity == model.Page
		}
		return a.OpenedAt.After(b.OpenedAt)
	})
	return out
}

// store writes the audit of the slot and the incidents that changed.
func (e *evaluator) store(ctx context.Context, db *store.Store, snap *model.Snapshot, all []model.Incident, asOf time.Time) error {
	var rows []store.Audit
	for i := range snap.Products {
		p := &snap.Products[i]
		for _, m := range p.Metrics {
			rows = append(rows, auditMetric(p.Name, &m))
		}
		if e.driftFresh {
			for _, v := range p.Series {
				rows = append(rows, auditSeries(&v))
			}
		}
	}
	for i := range snap.Infra {
		rows = append(rows, auditInfra(&snap.Infra[i])...)
	}
	if err := db.WriteResults(ctx, asOf, rows, version.Version, e.config); err != nil {
		return err
	}
	var changed []model.Incident
	for _, i := range all {
		i.UpdatedAt, i.CleanSlots = time.Time{}, 0
		b, err := json.Marshal(i)
		if err != nil {
			return err
		}
		if e.written[i.ID] != string(b) {
			e.written[i.ID] = string(b)
			changed = append(changed, i)
		}
	}
	return db.WriteIncidents(ctx, changed)
}

func auditMetric(product string, m *model.LayerMetric) store.Audit {
	a := store.Audit{
		Product: product, Kind: "layer", Name: m.Name, Layer: string(m.Layer), Tier: string(m.Tier), Unit: string(m.Unit),
		Estimate: m.Estimate, Window: m.Window, Objective: m.Target, Reason: m.Reason, State: "not_measurable",
	}
	if m.Measured() {
		a.State = "ok"
	}
	if m.LowerBound {
		a.State = "lower_bound"
	}
	if m.Breached {
		a.State = "breached"
	}
	if m.Baseline != nil {
		a.BaselineValue = m.Baseline.Value
	}
	if m.Bounds != nil {
		a.Details = map[string]any{"bounds": m.Bounds}
	}
	return a
}

// auditInfra keeps what a resource cost by product and what it served, with
// the price per thousand tokens.
func auditInfra(r *model.InfraStatus) []store.Audit {
	row := func(product, served string, usd float64, n int64, details map[string]any) store.Audit {
		return store.Audit{
			Product: product, Kind: "infra", Name: r.Name, Slice: served, Unit: "usd", Window: r.Window, State: "ok",
			Estimate: model.Estimate{Value: &usd, N: n}, Details: details,
		}
	}
	out := []store.Audit{row("", "", r.USD, r.Calls, map[string]any{"idle_usd": r.IdleUSD, "busy_ratio": r.Busy, "tokens": r.Tokens, "usd_per_thousand_tokens": r.PerThousandTokens})}
	for _, p := range r.Parts {
		out = append(out, row(p.Product, p.Served, p.USD, p.Calls, map[string]any{"tokens": p.Tokens, "usd_per_thousand_tokens": p.PerThousandTokens}))
	}
	return out
}

func auditSeries(v *model.SeriesVerdict) store.Audit {
	signal, slice, sliced := cut(v.Series, '{')
	if sliced {
		slice = slice[:len(slice)-1]
	}
	return store.Audit{
		Product: v.Product, Kind: "drift", Name: signal, Slice: slice, Unit: v.EffectUnit, Estimate: v.Effect,
		Baseline: v.Baseline, State: string(v.State), Reason: v.Reason,
		Details: map[string]any{"evidence": finite(v.Evidence), "threshold": finite(v.Threshold), "moved": v.Moved},
	}
}
