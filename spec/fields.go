package spec

import (
	"net/url"
	"regexp"
	"sort"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/windage-dev/windage/model"
)

// MaxBlockers is how many metrics of one product may page and fail gates.
const MaxBlockers = 3

var (
	tiers   = []string{string(model.Blocker), string(model.Warning), string(model.Context)}
	layers  = []string{string(model.Offline), string(model.Online), string(model.Business)}
	periods = []string{"day", "week", "month"}
	shapes  = []string{"always_on", "working_hours", "learnt"}
	rules   = []string{string(ByID), string(ByRun), string(ByTurn), string(BySession), string(ByTrace)}
	shares  = []string{"busy_time", "tokens"}

	productName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$`)
	pinnedName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(@[1-9][0-9]{0,8})?$`)
	metricName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.:/ -]{0,99}$`)
)

var (
	kindText     = kind{name: "text"}
	kindTexts    = kind{name: "list of texts"}
	kindBool     = kind{name: "true or false"}
	kindDuration = kind{name: "duration", pattern: `^([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))+$`}
	kindUSD      = kind{name: "amount in USD"}
)

// The tables below are the whole format: the decoder, the JSON schema and the
// reference page are made of them.

var fileFields = []field[File]{
	{"products", kind{name: "map", of: shapeOf("products.NAME", productFields)},
		"The AI product surfaces to watch, by name. With none, every `service.name` seen is a product.", "every service seen", readProducts},
	{"pages", kind{name: "object", of: shapeOf("pages", pagesFields)}, "How often Windage may wake somebody for nothing.", "",
		func(d *decoder, v value, f *File) { object(d, v, pagesFields, &f.Pages) }},
	{"privacy", kind{name: "object", of: shapeOf("privacy", privacyFields)}, "What may be kept of what people and models said.", "",
		func(d *decoder, v value, f *File) { object(d, v, privacyFields, &f.Privacy) }},
	{"prices", kind{name: "object", of: shapeOf("prices", pricesFields)}, "Price tables of your own, laid over the shipped one.", "",
		func(d *decoder, v value, f *File) { object(d, v, pricesFields, &f.Prices) }},
	{"infra", kind{name: "list", of: shapeOf("infra", infraFields)}, "What is paid by the hour and serves models or data sources of your own: its cost is shared out among what it served.", "", readInfra},
	{"labels", kind{name: "object", of: shapeOf("labels", labelsFields)}, "Bounds on Prometheus labels.", "",
		func(d *decoder, v value, f *File) { object(d, v, labelsFields, &f.Labels) }},
}

var productFields = []field[Product]{
	{"match", kind{name: "map of texts"}, "Attribute and value that make a span or signal belong to this product; all must hold. A trailing `*` matches any rest.", "service.name equal to the product's name",
		func(d *decoder, v value, p *Product) { p.Match = d.textMap(v) }},
	{"owner", kindText, "The team that is told. Becomes the alerts' `owner` label.", "", func(d *decoder, v value, p *Product) { p.Owner = d.text(v) }},
	{"runbook", kindText, "URL of your own runbook, added to the alerts.", "", func(d *decoder, v value, p *Product) { p.Runbook = d.url(v) }},
	{"task", kind{name: "object", of: shapeOf("products.NAME.task", taskFields)}, "What one unit of user value is, and when it succeeded.", "",
		func(d *decoder, v value, p *Product) { p.Task = d.task(v) }},
	{"metrics", kind{name: "map", of: shapeOf("products.NAME.metrics.NAME", metricFields)},
		"Tier and objective by layer metric. A name that is not built in is that of evaluations, feedback or business signals; with a `blocker` tier or an objective it needs its `layer`. At most three may be blockers.", "", readMetrics},
	{"slices", kindTexts, "Dimensions whose values are watched apart, such as language or plan.", "", func(d *decoder, v value, p *Product) { p.Slices = d.texts(v) }},
	{"budget", kind{name: "object", of: shapeOf("products.NAME.budget", budgetFields)}, "What the product may spend.", "",
		func(d *decoder, v value, p *Product) { p.Budgets = append(p.Budgets, d.budget(v)) }},
	{"budgets", kind{name: "list", of: shapeOf("products.NAME.budget", budgetFields)}, "Several budgets, each with its own name.", "",
		func(d *decoder, v value, p *Product) {
			d.list(v, func(item value) { p.Budgets = append(p.Budgets, d.budget(item)) })
		}},
	{"page_from_usd", kindUSD, "Spend above the usual by less than this opens a ticket and wakes nobody, however many times the usual it is.", "2", func(d *decoder, v value, p *Product) { p.PageFrom = d.usd(v) }},
	{"drift", kind{name: "object", of: shapeOf("products.NAME.drift", driftFields)}, "How drift is watched.", "",
		func(d *decoder, v value, p *Product) { object(d, v, driftFields, &p.Drift) }},
}

var taskFields = []field[Task]{
	{"by", kind{name: "text", choices: rules}, "The rule that makes a task: an explicit `id`, the outermost agent or workflow `run`, one `turn` of a conversation, a whole `session`, or the `trace`. Where it says nothing of a row, the next of id, run, turn, trace does. A prediction in a trace of its own is a task only by `trace`, `session` or an id.", "id", func(d *decoder, v value, t *Task) {
		t.By = TaskRule(d.choice(v, "a task rule", rules))
	}},
	{"id", kindText, "Attribute that holds the task's id.", "the explicit task id that SDKs set", func(d *decoder, v value, t *Task) { t.ID = d.text(v) }},
	{"turn", kindText, "Attribute that holds the id or number of a conversation's turn.", "the names that SDKs use; without any, one request of a conversation is one turn", func(d *decoder, v value, t *Task) { t.Turn = d.text(v) }},
	{"type", kindText, "Attribute that holds the task's type.", "", func(d *decoder, v value, t *Task) { t.Type = d.text(v) }},
	{"success", kindText, "Condition under which a task succeeded, such as `outcome == 'resolved'`.", "the outcome signal", func(d *decoder, v value, t *Task) {
		if t.Success = d.text(v); t.Success == "" {
			return
		}
		if _, err := ParseCondition(t.Success); err != nil {
			d.say(v, "%s", err)
		}
	}},
	{"abandon_after", kindDuration, "A task without an outcome counts as abandoned after this long without a span.", "30m", func(d *decoder, v value, t *Task) { t.AbandonAfter = d.duration(v) }},
}

var metricFields = []field[Metric]{
	{"layer", kind{name: "text", choices: layers}, "The metric layer.", "the metric's own", func(d *decoder, v value, m *Metric) { m.Layer = model.Layer(d.choice(v, "a layer", layers)) }},
	{"tier", kind{name: "text", choices: tiers}, "`blocker` pages and fails gates, `warning` opens a ticket, `context` is shown.", "the metric's own", func(d *decoder, v value, m *Metric) { m.Tier = model.Tier(d.choice(v, "a tier", tiers)) }},
	// The objective is held to the metric's unit, so readMetrics reads it.
	{"objective", kind{name: "objective", pattern: objectiveForm.String()}, "The bound to hold: `\">= 0.92\"`, `\">= 92%\"`, `\"<= 0.12 usd\"`, `\"<= 800ms\"`.", "none", func(*decoder, value, *Metric) {}},
	{"window", kindDuration, "The window it is measured over.", "the metric's own, mostly 24h", func(d *decoder, v value, m *Metric) { m.Window = d.duration(v) }},
	{"min_sample", kind{name: "whole number"}, "With fewer samples the objective is never missed.", "30", func(d *decoder, v value, m *Metric) { m.MinSample = d.whole(v, 1, 1_000_000_000) }},
	// The margin is held to the metric's unit too.
	{"margin", kind{name: "margin", pattern: marginForm.String()}, "How much worse than its baseline a release may be and still pass `windage gate`: `2%` (points of a share), `0.01 usd`, `200ms`, or `5% of baseline`.", "2% of a share, else 10% of baseline", func(*decoder, value, *Metric) {}},
}

var budgetFields = []field[Budget]{
	{"name", kindText, "Name of the budget.", "the product's name", func(d *decoder, v value, b *Budget) { b.Name = d.text(v) }},
	{"team", kindText, "Count the calls of this team only (`windage.team`).", "all", func(d *decoder, v value, b *Budget) { b.Team = d.text(v) }},
	{"tenant", kindText, "Count the calls of this tenant only (`windage.tenant`); not together with `team`.", "all", func(d *decoder, v value, b *Budget) { b.Tenant = d.text(v) }},
	{"usd", kindUSD, "The amount for one period. Required.", "", func(d *decoder, v value, b *Budget) { b.Limit = d.usd(v) }},
	{"period", kind{name: "text", choices: periods}, "The calendar period.", "month", func(d *decoder, v value, b *Budget) { b.Period = d.choice(v, "a period", periods) }},
	{"time_zone", kindText, "IANA name of the time zone whose calendar counts.", "UTC", func(d *decoder, v value, b *Budget) { b.TimeZone = d.zone(v) }},
	{"shape", kind{name: "text", choices: shapes}, "How spend is planned over the period.", "always_on", func(d *decoder, v value, b *Budget) { b.Shape = d.choice(v, "a shape", shapes) }},
	{"cap", kindUSD, "An amount that must never be exceeded, at least `usd`: pages an hour before it is, and a ticket opens once the forecast is above it.", "none", func(d *decoder, v value, b *Budget) { b.Cap = d.usd(v) }},
	{"hard_cap", kindBool, "The amount itself is the cap.", "false", func(d *decoder, v value, b *Budget) { b.HardCap = d.truth(v) }},
	{"commitment", kindUSD, "The least that is billed for the period whatever is spent, at most `usd`: a ticket opens when the forecast stays below it.", "none", func(d *decoder, v value, b *Budget) { b.Commitment = d.usd(v) }},
}

var infraFields = []field[Infra]{
	{"name", kindText, "Name of the machine, endpoint or store. Required.", "", func(d *decoder, v value, r *Infra) { r.Name = d.text(v) }},
	{"usd_per_hour", kindUSD, "What an hour of it costs, busy or idle. Required.", "", func(d *decoder, v value, r *Infra) { r.PerHour = d.usd(v) }},
	{"share_by", kind{name: "text", choices: shares}, "What an hour's cost is shared out by: the time that calls took, or their tokens.", "busy_time", func(d *decoder, v value, r *Infra) { r.By = d.choice(v, "a way to share", shares) }},
	{"models", kindTexts, "The models that it serves, as spans name them.", "", func(d *decoder, v value, r *Infra) { r.Models = d.texts(v) }},
	{"provider", kindText, "Provider of those models.", "any", func(d *decoder, v value, r *Infra) { r.Provider = d.text(v) }},
	{"data_sources", kindTexts, "The data sources that it serves: for a vector store, shared out by busy time.", "", func(d *decoder, v value, r *Infra) { r.DataSources = d.texts(v) }},
	{"from", kindText, "The first day that it is paid for, from midnight UTC, or an instant.", "always", func(d *decoder, v value, r *Infra) { r.From = d.day(v) }},
	{"to", kindText, "The day from which it is no longer paid for.", "open", func(d *decoder, v value, r *Infra) { r.To = d.day(v) }},
}

var driftFields = []field[Drift]{
	{"baseline", kind{name: "object", of: shapeOf("products.NAME.drift.baseline", baselineFields)}, "What the present is compared with.", "rolling 28d",
		func(d *decoder, v value, r *Drift) { object(d, v, baselineFields, &r.Baseline) }},
	{"signals", kindTexts, "The series to watch.", "all", func(d *decoder, v value, r *Drift) { r.Signals = d.texts(v) }},
	{"off", kindBool, "Do not watch drift of this product.", "false", func(d *decoder, v value, r *Drift) { r.Off = d.truth(v) }},
}

var baselineFields = []field[Baseline]{
	{"pinned", kind{name: "text", pattern: pinnedName.String()}, "A baseline made by `windage baseline pin`: `autumn` is its newest version that is not retired, `autumn@2` that version. Series that it does not hold are compared with a rolling reference.", "", func(d *decoder, v value, b *Baseline) {
		if b.Pinned = d.text(v); b.Pinned != "" && !pinnedName.MatchString(b.Pinned) {
			d.say(v, "%q is no baseline: want NAME or NAME@VERSION, as in autumn or autumn@2", b.Pinned)
		}
		if !b.Pin.IsZero() {
			d.say(v, "excludes pin: a baseline is either named or a stretch of time")
		}
	}},
	{"pin", kindText, "A fixed stretch: `2026-10-01/28d` is the 28 days from 1 October; `2026-10-01/2026-10-29` is the same. Days begin at midnight UTC.", "", func(d *decoder, v value, b *Baseline) {
		s := d.text(v)
		if s == "" {
			return
		}
		pin, err := baselinePin(s)
		if err != nil {
			d.say(v, "%q: %s", s, err)
			return
		}
		if b.Pinned != "" {
			d.say(v, "excludes pinned: a baseline is either named or a stretch of time")
			return
		}
		b.Pin, b.Length = pin.Pin, pin.Length
	}},
	{"rolling", kindDuration, "The most recent stretch of this length, without incidents.", "28d", func(d *decoder, v value, b *Baseline) {
		if !b.Pin.IsZero() {
			d.say(v, "excludes pin: a baseline is either pinned or rolling")
			return
		}
		b.Rolling, b.Length = true, d.duration(v)
	}},
}

var pagesFields = []field[Pages]{
	{"per_month", kind{name: "number"}, "False pages per 30 days that the whole installation may cause. Everything about sensitivity follows from it.", "1",
		func(d *decoder, v value, p *Pages) { p.PerMonth = d.number(v, 0.01, 1000) }},
}

var privacyFields = []field[Privacy]{
	{"capture_content", kindBool, "Keep messages, tool arguments and documents, in a table of their own.", "false", func(d *decoder, v value, p *Privacy) { p.CaptureContent = d.truth(v) }},
	{"user_hash_key_file", kindText, "File with the key that user ids are hashed with.", "a key made at first start", func(d *decoder, v value, p *Privacy) { p.UserHashKey = d.text(v) }},
	{"redact", kindTexts, "Detectors (card, email, iban, ipv4, phone, secret) and regular expressions: what they find is replaced before it is stored, in captured content and in attributes.", "", func(d *decoder, v value, p *Privacy) {
		p.Redact = d.texts(v)
		for i, r := range p.Redact {
			if _, err := regexp.Compile(r); err != nil && i < len(v.node.Content) {
				d.say(v.item(i, v.node.Content[i]), "%q is not a regular expression: %s", r, err)
			}
		}
	}},
}

var pricesFields = []field[Prices]{
	{"files", kindTexts, "Price files, the later over the earlier. Relative to this file. Reloaded when they change.", "", func(d *decoder, v value, p *Prices) { p.Files = d.texts(v) }},
}

var labelsFields = []field[Labels]{
	{"max_values", kind{name: "whole number"}, "Values of one label; the rest becomes `__other__` and is counted.", "50", func(d *decoder, v value, l *Labels) { l.MaxValues = d.whole(v, 1, 10_000) }},
	{"top_values", kind{name: "whole number"}, "Values of a dimension that have a series of their own in `windage_cost_by_dimension_usd`, the dearest of the last day; the rest is `__other__`.", "10", func(d *decoder, v value, l *Labels) { l.TopValues = d.whole(v, 1, 1000) }},
}

func readProducts(d *decoder, v value, f *File) {
	f.Products = map[string]Product{}
	d.each(v, "a map of products by name", func(key value, name string, val value) {
		if !productName.MatchString(name) {
			d.say(key, "%q is not a product name: use letters, digits, . _ / and -, at most 100", name)
			return
		}
		var p Product
		object(d, val, productFields, &p)
		names := map[string]bool{}
		for i := range p.Budgets {
			if p.Budgets[i].Name == "" {
				p.Budgets[i].Name = name
			}
			if names[p.Budgets[i].Name] {
				d.say(val, "has two budgets named %q: give each its own name", p.Budgets[i].Name)
			}
			names[p.Budgets[i].Name] = true
		}
		f.Products[name] = p
	})
}

// task reads a task's fields and refuses those that its rule never looks at.
func (d *decoder) task(v value) Task {
	var t Task
	object(d, v, taskFields, &t)
	if t.ID != "" && t.By != "" && t.By != ByID {
		d.say(at(v, "id"), "is never read with by: %s: leave one of the two out", t.By)
	}
	if t.Turn != "" && (t.By == BySession || t.By == ByTrace) {
		d.say(at(v, "turn"), "is never read with by: %s: leave one of the two out", t.By)
	}
	return t
}

func readInfra(d *decoder, v value, f *File) {
	names := map[string]bool{}
	d.list(v, func(item value) {
		var r Infra
		object(d, item, infraFields, &r)
		if item.node.Kind != yaml.MappingNode {
			return
		}
		if r.By == "" {
			r.By = shares[0]
		}
		switch {
		case entry(item, "name") == nil:
			d.say(item, "has no name: give one, as in {name: gpu-pool, usd_per_hour: 4.10, models: [llama-3.3-70b]}")
		case names[r.Name]:
			d.say(at(item, "name"), "%q is the name of two resources: give each its own", r.Name)
		case entry(item, "usd_per_hour") == nil:
			d.say(item, "has no price: give usd_per_hour")
		case len(r.Models) == 0 && len(r.DataSources) == 0:
			d.say(item, "serves nothing: name its models or its data_sources")
		case len(r.DataSources) > 0 && (len(r.Models) > 0 || r.By == "tokens"):
			d.say(at(item, "data_sources"), "a data source has no tokens: share it by busy_time, and give what serves models an entry of its own")
		case !r.To.IsZero() && !r.From.Before(r.To):
			d.say(at(item, "to"), "is not after from")
		}
		names[r.Name] = true
		f.Infra = append(f.Infra, r)
	})
}

// at is where a key of an object stands, or the object where it has none.
func at(v value, key string) value {
	if n := entry(v, key); n != nil {
		return v.child(key, n)
	}
	return v
}

func readMetrics(d *decoder, v value, p *Product) {
	p.Metrics = map[string]Metric{}
	var blockers []string
	d.each(v, "a map of metrics by name, as in groundedness: {tier: blocker}", func(key value, name string, val value) {
		if !metricName.MatchString(name) {
			d.say(key, "%q is not a metric name: begin with a letter and use letters, digits and _", name)
			return
		}
		var m Metric
		object(d, val, metricFields, &m)
		if n := entry(val, "objective"); n != nil {
			m.Objective = d.objective(val.child("objective", n), name)
		}
		if n := entry(val, "margin"); n != nil {
			m.Margin = d.margin(val.child("margin", n), name)
		}
		if m.Layer == "" && (m.Tier == model.Blocker || m.Objective != nil) && !d.known.Metric(name) {
			d.say(key, "%q is no built-in metric%s: a blocker or an objective on a name that nothing measures would never be missed; give its layer if evaluations, feedback or business signals of that name are meant", name, d.known.meant(name))
		}
		if m.Tier == model.Blocker {
			if blockers = append(blockers, name); len(blockers) > MaxBlockers {
				at := key
				at.path = val.path
				if n := entry(val, "tier"); n != nil {
					at = val.child("tier", n)
				}
				d.say(at, "is blocker number %d: at most %d metrics of a product may be blockers, and %s already are", len(blockers), MaxBlockers, choicesAnd(blockers[:MaxBlockers]))
			}
		}
		p.Metrics[name] = m
	})
}

// entry is the value of a key in a map, or nil.
func entry(v value, key string) *yaml.Node {
	if v.node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		if v.node.Content[i].Value == key && v.node.Content[i+1].Tag != "!!null" {
			return v.node.Content[i+1]
		}
	}
	return nil
}

func choicesAnd(s []string) string {
	s = append([]string(nil), s...)
	sort.Strings(s)
	return s[0] + ", " + s[1] + " and " + s[2]
}

func (d *decoder) budget(v value) Budget {
	var b Budget
	object(d, v, budgetFields, &b)
	if entry(v, "usd") == nil && v.node.Kind == yaml.MappingNode {
		d.say(v, `has no amount: give usd, as in {usd: 5000, period: month}`)
	}
	if b.Team != "" && b.Tenant != "" {
		d.say(at(v, "tenant"), "is given beside team: a budget counts the calls of one of them")
	}
	switch limit := at(v, "cap"); {
	case b.Cap > 0 && b.HardCap:
		d.say(limit, "is given beside hard_cap: one cap is enough")
	case b.Cap > 0 && b.Limit > 0 && b.Cap < b.Limit:
		d.say(limit, "%s is below the budget of %s USD: a cap is at least usd", b.Cap, b.Limit)
	}
	if b.Commitment > 0 && b.Limit > 0 && b.Commitment > b.Limit {
		d.say(at(v, "commitment"), "%s is above the budget of %s USD: so much is billed in any case, give usd at least as much", b.Commitment, b.Limit)
	}
	if b.Period == "" {
		b.Period = "month"
	}
	if b.Shape == "" {
		b.Shape = "always_on"
	}
	if b.TimeZone == "" {
		b.TimeZone = "UTC"
	}
	return b
}

func (d *decoder) textMap(v value) map[string]string {
	out := map[string]string{}
	d.each(v, "a map of attribute to value, as in {service.name: checkout}", func(_ value, name string, val value) {
		out[name] = d.text(val)
	})
	return out
}

func (d *decoder) url(v value) string {
	s := d.text(v)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		d.say(v, "%q is not a URL: begin with https://", s)
	}
	return s
}

func (d *decoder) zone(v value) string {
	s := d.text(v)
	if s == "" {
		return ""
	}
	if _, err := time.LoadLocation(s); err != nil || s == "Local" {
		d.say(v, "%q is not a time zone: use an IANA name such as Europe/Berlin or UTC", s)
		return ""
	}
	return s
}
