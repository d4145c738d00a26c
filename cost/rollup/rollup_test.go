package rollup_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/windage-dev/windage/cost/rollup"
	"github.com/windage-dev/windage/model"
)

func answer(t *testing.T, text string) map[string]any {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(text), &fields))
	v, err := rollup.TaskCost(fields)
	require.NoError(t, err)
	return v
}

func TestCostPerSuccessfulTask(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want map[string]any
	}{
		"failed attempts are paid for by the successes": {
			`{"tasks":[{"cost":"0.02","outcome":"success"},{"cost":"0.02","outcome":"failure"}]}`,
			map[string]any{"cost_per_task": "0.02", "cost_per_successful_task": "0.04", "failed_cost_share": "0.5"},
		},
		"without a success there is no value, not 0 and not the mean": {
			`{"tasks":[{"cost":"0.10","outcome":"failure"}]}`,
			map[string]any{"cost_per_task": "0.1", "cost_per_successful_task": nil},
		},
		"unknown outcomes leave bounds": {
			`{"tasks":[{"cost":"0.10","outcome":"success"},{"cost":"0.20","outcome":"unknown"}]}`,
			map[string]any{"cost_per_successful_task": "0.3", "cost_per_successful_task_low": "0.15", "unknown_outcome_ratio": "0.5"},
		},
		"timeouts, escalations and overrides are failed spend": {
			`{"tasks":[{"cost":"1","outcome":"timeout"},{"cost":"1","outcome":"escalated"},{"cost":"1","outcome":"overridden"},{"cost":"1","outcome":"success"}]}`,
			map[string]any{"failed_cost_share": "0.75", "cost_per_successful_task": "4"},
		},
		"an unpriced task makes the total a lower bound": {
			`{"tasks":[{"cost":"1","outcome":"success"},{"cost":null,"outcome":"success"}]}`,
			map[string]any{"complete": false, "complete_share": "0.5", "cost": "1"},
		},
		"attempts that were repeated are retry waste": {
			`{"outcome":"success","calls":[{"logical":"a","cost":"0.05","error":true},{"logical":"a","cost":"0.06"},{"logical":"b","cost":"0.01"}]}`,
			map[string]any{"task_cost": "0.12", "retry_cost": "0.05", "wasted_cost": "0.05"},
		},
		"an answer by another model than the one asked for is a fallback": {
			`{"calls":[{"logical":"a","model":"gpt-5","cost":"0.03","error":true},{"logical":"a","model":"gpt-5-mini","cost":"0.01"},{"logical":"b","model":"gpt-5","response_model":"gpt-5-2025-08-07","cost":"0.04"}]}`,
			map[string]any{"fallback_calls": 1, "fallback_cost": "0.01", "fallback_cost_share": "0.125", "fallback_call_share": "0.5"},
		},
		"judges and shadow traffic are not the product's cost": {
			`{"calls":[{"cost":"1"},{"cost":"5","purpose":"evaluation"},{"cost":"7","purpose":"shadow"}]}`,
			map[string]any{"task_cost": "1"},
		},
		"a judge is no attempt of the task's own": {
			`{"outcome":"success","calls":[{"span":"a","cost":"0.05"},{"span":"j","cost":"0.01","purpose":"judge"}]}`,
			map[string]any{"task_cost": "0.05", "retry_cost": "0", "wasted_cost": "0"},
		},
		"a last attempt that fails too wastes all of it": {
			`{"outcome":"failure","calls":[{"logical":"a","cost":"0.05","error":true},{"logical":"a","cost":"0.07","error":true}]}`,
			map[string]any{"task_cost": "0.12", "retry_cost": "0.05", "wasted_cost": "0.12"},
		},
		"several unknown outcomes widen the bounds": {
			`{"tasks":[{"cost":"0.10","outcome":"success"},{"cost":"0.20","outcome":"unknown"},{"cost":"0.20","outcome":"unknown"},{"cost":"0.40","outcome":"failure"}]}`,
			map[string]any{"cost_per_successful_task": "0.9", "cost_per_successful_task_low": "0.3", "failed_cost_share": "0.444444444444444444"},
		},
		"nothing but unknown outcomes has a lower bound only": {
			`{"tasks":[{"cost":"0.10","outcome":"unknown"},{"cost":"0.30","outcome":"unknown"}]}`,
			map[string]any{"cost_per_successful_task": nil, "cost_per_successful_task_low": "0.2", "cost_per_task": "0.2"},
		},
		"an unpriced call inside of a successful task leaves a lower bound": {
			`{"tasks":[{"calls":[{"cost":"0.05"},{"unpriced":true}],"outcome":"success"},{"cost":"0.15","outcome":"success"}]}`,
			map[string]any{"complete": false, "complete_share": "0.5", "cost": "0.2", "cost_per_successful_task": "0.1"},
		},
		"a cache that is written and not read costs more than none": {
			`{"usage":{"input":10000,"cache_read":0,"cache_write":8000,"output":0},"rates_per_mtok":{"input":"3","output":"15","cache_read":"0.3","cache_write":"3.75"}}`,
			map[string]any{"cost": "0.036", "cost_without_cache": "0.03", "cache_savings": "-0.006"},
		},
		"workflows, agents and tools repeat what their calls used": {
			`{"spans":[{"op":"invoke_workflow","input":350,"output":30},{"op":"invoke_agent","input":350,"output":30},{"op":"chat","input":100,"output":10},{"op":"embeddings","input":50},{"op":"execute_tool","input":9},{"op":"chat","input":200,"output":20}]}`,
			map[string]any{"input": int64(350), "output": int64(30)},
		},
		"an unpriced call is not free": {
			`{"calls":[{"cost":"0.05"},{"cost":null}]}`,
			map[string]any{"task_cost": "0.05", "complete": false, "unpriced_calls": 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := answer(t, c.in)
			for k, v := range c.want {
				require.Equal(t, v, got[k], k)
			}
		})
	}
}

func TestBadTasks(t *testing.T) {
	for in, want := range map[string]string{
		`{"tasks":[]}`:                               "empty",
		`{"tasks":[{"cost":"-1"}]}`:                  "negative",
		`{"tasks":[{"cost":"abc"}]}`:                 "not a decimal",
		`{"tasks":[{"cost":"1","outcome":"great"}]}`: "none of success",
		`{}`: "none of tasks",
	} {
		var fields map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(in), &fields))
		_, err := rollup.TaskCost(fields)
		require.ErrorContains(t, err, want, in)
	}
}

// The order of tasks, and how they are cut into batches, changes no total.
func TestTotalsAreAdditive(t *testing.T) {
	outcomes := []model.Outcome{model.OutcomeSuccess, model.OutcomeFailure, model.OutcomeUnknown, model.OutcomeAbandoned}
	rapid.Check(t, func(t *rapid.T) {
		tasks := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rollup.Task {
			m := model.Money(rapid.Int64Range(0, 1e13).Draw(t, "cost"))
			return rollup.Task{Cost: &m, Complete: true, Outcome: rapid.SampledFrom(outcomes).Draw(t, "outcome")}
		}), 1, 30).Draw(t, "tasks")
		cut := rapid.IntRange(0, len(tasks)).Draw(t, "cut")
		all, a, b := rollup.Total(tasks), rollup.Total(tasks[:cut]), rollup.Total(tasks[cut:])
		a.Cost.AddSum(&b.Cost)
		require.Equal(t, all.Cost.String(), a.Cost.String())
		require.Equal(t, all.Successes, a.Successes+b.Successes)

		shuffled := rapid.Permutation(tasks).Draw(t, "order")
		require.Equal(t, all.Cost.String(), rollup.Total(shuffled).Cost.String())
		require.Equal(t, all.Failed.String(), rollup.Total(shuffled).Failed.String())
	})
}

func TestInterval(t *testing.T) {
	var tasks []rollup.Task
	for i := range 400 {
		m := model.Money(1+i%7) * model.Micro * 1000
		o := model.OutcomeSuccess
		if i%4 == 0 {
			o = model.OutcomeFailure
		}
		tasks = append(tasks, rollup.Task{Cost: &m, Complete: true, Outcome: o})
	}
	total := rollup.Total(tasks)
	iv, ok := total.PerSuccessInterval()
	require.True(t, ok)
	point, _ := total.PerSuccess().Float64()
	require.Less(t, iv.Low, point)
	require.Greater(t, iv.High, point)
	require.InDelta(t, point, iv.Low, point*0.2)
	require.Equal(t, 400, iv.N)
	again, _ := rollup.Total(tasks).PerSuccessInterval()
	require.Equal(t, iv, again, "the same tasks give the same interval")
}
