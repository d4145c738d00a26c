-- What was settled about the spans of some traces.
SELECT service_name, start_time, trace_id, span_id, product, task_id, slices, counted, suppressed_by, rule, tool, weight, sample_usd, sample_tokens
FROM {{table "decision_rows"}} FINAL
WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND lower(hex(trace_id)) IN (@traces)
