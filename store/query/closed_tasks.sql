-- Tasks that closed in a span of time, each with its cost and a trace to look at. Tasks of unknown cost are left out.
SELECT product, task_type, toFloat64(assumeNotNull(cost_usd)), lower(hex(trace_id))
FROM {{table "task_rows"}} FINAL
WHERE closes_at > fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND closes_at <= fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND cost_usd IS NOT NULL AND calls > 0
ORDER BY closes_at, task_id
