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
	)
}
