package dashboards

import "fmt"

func attribution() Dashboard {
	by := func(dimension string) string {
		return "max by (product, value) (" + sel("windage_cost_by_dimension_usd", fmt.Sprintf("dimension=%q", dimension)) + ")"
	}
	return dashboard("attribution", "Where the money goes", "Who spends it, on what, and how much of it bought nothing.",
		row{"Who spends it", []spec{
			{kind: lines, title: "Spend by team", says: "USD of the last 24 hours by team, the dearest; __other__ is the rest. Whatever the dimension, its values add up to the spend of the product.", unit: "currencyUSD", w: 12, h: 8, min: &zero, stacked: true, none: "No priced call", queries: []query{q(by("team"), "{{product}} {{value}}")}},
			{kind: lines, title: "Spend by tenant", says: "USD of the last 24 hours by tenant, the dearest; __other__ is the rest.", unit: "currencyUSD", w: 12, h: 8, min: &zero, stacked: true, none: "No priced call", queries: []query{q(by("tenant"), "{{product}} {{value}}")}},
			{kind: lines, title: "Spend by prompt version", says: "USD of the last 24 hours by version of the prompt.", unit: "currencyUSD", w: 12, h: 8, min: &zero, stacked: true, none: "No priced call", queries: []query{q(by("prompt_version"), "{{product}} {{value}}")}},
			{kind: lines, title: "Spend by tool and outcome", says: "USD of the last 24 hours on the calls that came after a tool's result, and on closed tasks by how they ended.", unit: "currencyUSD", w: 12, h: 8, min: &zero, none: "No priced call", queries: []query{q(by("tool"), "{{product}} after {{value}}"), q(by("outcome"), "{{product}} outcome {{value}}")}},
		}},
		row{"Spent without need", []spec{
			{kind: lines, title: "Waste", says: "Share of what closed tasks of the last 24 hours cost: retried attempts, work done again in a loop, tasks that failed, and retried or failed together. Reasons overlap. Dashed: the lower end of the 95 % interval of the last.", unit: "percentunit", w: 12, h: 8, min: &zero, dashedLast: true, none: "No task closed",
				queries: []query{q("max by (product, reason) ("+sel("windage_waste_ratio", "")+")", "{{product}} {{reason}}"), q("max by (product) ("+sel("windage_waste_ratio_lower", `reason="any"`)+")", "{{product}} any, at least")}},
			{kind: lines, title: "Waste in money", says: "USD of the last 24 hours, by reason.", unit: "currencyUSD", w: 12, h: 8, min: &zero, none: "No task closed",
				queries: []query{q("max by (product, reason) ("+sel("windage_waste_usd", "")+")", "{{product}} {{reason}}")}},
			{kind: lines, title: "Judges and shadow traffic", says: "USD of the last 24 hours beside the product's own traffic.", unit: "currencyUSD", w: 8, h: 8, min: &zero, none: "No priced call", queries: []query{q(by("purpose"), "{{product}} {{value}}")}},
			{kind: lines, title: "Saved", says: "USD of the last 24 hours: by the prompt cache, less what writing to it cost, and by cheaper models that answered in place of the one asked for.", unit: "currencyUSD", w: 8, h: 8, none: "Nothing tells of a cache or of another model",
				queries: []query{q("max by (product) ("+sel("windage_cache_saved_usd", "")+")", "{{product}} cache"), q("max by (product) ("+sel("windage_fallback_saved_usd", "")+")", "{{product}} other model")}},
			{kind: lines, title: "Answered by another model", says: "Share of logical calls, with the 95 % interval.", unit: "percentunit", w: 4, h: 8, min: &zero, none: "No task closed",
				queries: []query{q("max by (product) ("+sel("windage_fallback_ratio", "")+")", "{{product}}"), q("max by (product) ("+sel("windage_fallback_ratio_lower", "")+")", "{{product}} lower"), q("max by (product) ("+sel("windage_fallback_ratio_upper", "")+")", "{{product}} upper")}},
			{kind: lines, title: "And its quality", says: "Mean score of tasks with such a call less that of the others, with the 95 % interval. Below 0 the saving is paid for in quality.", unit: "none", w: 4, h: 8, none: "No scores on both sides",
				queries: []query{q("max by (product) ("+sel("windage_fallback_quality_delta", "")+")", "{{product}}"), q("max by (product) ("+sel("windage_fallback_quality_delta_lower", "")+")", "{{product}} lower"), q("max by (product) ("+sel("windage_fallback_quality_delta_upper", "")+")", "{{product}} upper")}},
		}},
	)
}
