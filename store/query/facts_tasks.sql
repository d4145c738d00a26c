-- Closed tasks by the hour in which they began, with the outcome they have as of now.
SELECT product, toStartOfHour(started_at) AS hour,
       if(outcome = 'unknown' AND NOT ended AND abandons_at <= fromUnixTimestamp64Milli(toInt64(@asof), 'UTC'), 'abandoned', toString(outcome)) AS how,
       count(), sum(toFloat64(ifNull(cost_usd, 0)) AS usd), sum(usd * usd), countIf(escalated), countIf(overridden), countIf(violated), countIf(unpriced + partial > 0),
       max(ended_at),
       countIf(weight > 1), sum(greatest(weight, 1) AS w), sum(w * w), sum(w * usd), sum(w * usd * usd)
FROM {{table "task_rows"}} FINAL
WHERE started_at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND closes_at <= fromUnixTimestamp64Milli(toInt64(@asof), 'UTC')
  AND toStartOfHour(started_at) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC')){{.Side}}
GROUP BY product, hour, how
