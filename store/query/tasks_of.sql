-- The tasks that calls of some traces are part of, with what they cost.
SELECT toString(product), task_id, toString(outcome), toInt64(calls), toInt64(unpriced), toString(ifNull(cost_usd, toDecimal128(0, 12))), toString(retry_cost_usd), toString(loop_cost_usd),
       ifNull(toString(cache_saved_usd), ''), toString(judge_cost_usd), toString(shadow_cost_usd), toInt64(fallback_calls), ifNull(toString(fallback_saved_usd), '')
FROM {{table "task_rows"}} FINAL
WHERE (product, task_id) IN (SELECT product, task_id FROM {{table "decision_rows"}} FINAL WHERE lower(hex(trace_id)) IN (@traces) AND task_id != '')
ORDER BY started_at, task_id
