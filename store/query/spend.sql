-- Spend of counted calls on a grid of five minutes, all purposes: money is money. Of all traffic, sampled
-- calls weighted up, and of what was seen. How many calls there were is told of the product's own traffic:
-- evaluations come in batches.
SELECT product, toStartOfFiveMinutes(minute) AS step, toString(sum(weighted_cost_usd)), sum(unpriced), toInt64(round(sumIf(weighted_calls, purpose = ''))),
       toString(sum(cost_usd)), sum(variance_usd2), sum(sampled)
FROM {{table "minute_rows"}} FINAL
WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC'))
GROUP BY product, step
