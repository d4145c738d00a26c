-- Other traces that tell of the same requests or belong to the same tasks.
SELECT DISTINCT trace_id
FROM {{table "span_rows"}}
WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND (response_id != '' AND response_id IN (@responses) OR task_id != '' AND task_id IN (@tasks) OR session_id != '' AND session_id IN (@sessions))
