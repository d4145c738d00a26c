-- Runs that were caught running away.
SELECT name, at, trace_id, session_id, task_id, product, ifNull(value, 0.), attributes
FROM {{table "signal_rows"}} FINAL
WHERE kind = 'runaway' AND at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC')
ORDER BY at DESC, name, session_id, task_id, trace_id
LIMIT 1000
