-- Other traces that bear on whether a container counts: with a call in a minute in which some containers ran,
-- or with a container, priced for what it says its calls used, that ran in the minute of some calls.
-- @containers, @calls: "<minute since 1970> <service name>"
SELECT DISTINCT trace_id
FROM {{table "span_rows"}}
WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND (length(@containers) > 0 AND kind = 'model_call' AND input_total IS NOT NULL
          AND concat(toString(intDiv(toUnixTimestamp(start_time), 60)), ' ', service_name) IN (@containers)
    OR length(@calls) > 0 AND kind = 'task' AND cost_status != ''
          AND arrayExists(m -> concat(toString(m), ' ', service_name) IN (@calls),
              range(intDiv(toUnixTimestamp(start_time), 60), least(intDiv(toUnixTimestamp(start_time), 60) + 360, intDiv(toUnixTimestamp(start_time + toIntervalNanosecond(duration_ns)), 60)) + 1)))
LIMIT @most
