-- Spend of counted calls of some teams and tenants on a grid of five minutes. Of the calls that were seen:
-- the roll-up by team and tenant knows no sampling weights.
-- @parts: product, dimension and value of each, with a unit separator between them
SELECT toString(product), toString(dimension), value, toStartOfFiveMinutes(minute) AS step, toString(sum(cost_usd)), sum(unpriced), toInt64(sum(calls))
FROM {{table "attribution_rows"}} FINAL
WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC'))
  AND concat(product, '\x1f', dimension, '\x1f', value) IN (@parts)
GROUP BY product, dimension, value, step
