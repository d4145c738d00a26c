-- The costliest tasks of a product that began in a span of time, as examples to look at.
SELECT lower(hex(trace_id))
FROM {{table "task_rows"}} FINAL
WHERE product = @product AND started_at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND started_at < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND cost_usd > 0 AND trace_id != toFixedString('', 16)
ORDER BY cost_usd DESC, task_id
LIMIT 3
