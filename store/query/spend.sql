-- Spend of counted calls on a grid of five minutes, all purposes: money is money.
SELECT product, toStartOfFiveMinutes(minute) AS step, toString(sum(cost_usd)), sum(unpriced)
FROM {{table "minute_rows"}} FINAL
WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC'))
GROUP BY product, step
