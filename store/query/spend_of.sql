-- Spend of counted calls of some teams and tenants on a grid of five minutes: of all traffic, sampled calls
-- weighted up, and of what was seen.
-- @parts: product, dimension and value of each, with a unit separator between them
SELECT toString(product), toString(dimension), value, toStartOfFiveMinutes(minute) AS step, toString(sum(weighted_cost_usd)), sum(unpriced), toInt64(round(sum(weighted_calls))),
       toString(sum(cost_usd)), sum(variance_usd2), sum(sampled)
FROM {{table "attribution_rows"}} FINAL
WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC'))
  AND concat(product, '\x1f', dimension, '\x1f', value) IN (@parts)
GROUP BY product, dimension, value, step
