-- Closed tasks by hour, type and outcome.
SELECT product, task_type, toStartOfHour(started_at) AS hour,
       if(outcome = 'unknown' AND NOT ended AND abandons_at <= fromUnixTimestamp64Milli(toInt64(@asof), 'UTC'), 'abandoned', toString(outcome)) AS how,
       toInt64(count()), sum(toFloat64(ifNull(cost_usd, 0)))
FROM {{table "task_rows"}} FINAL
WHERE started_at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND closes_at <= fromUnixTimestamp64Milli(toInt64(@asof), 'UTC')
  AND toStartOfHour(started_at) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC'))
GROUP BY product, task_type, hour, how
