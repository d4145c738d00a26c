-- The prices of tokens that metrics count, by what they depend on, with how many tokens and points they are of.
SELECT toString(provider), toString(model), toString(operation), toString(token_type), toStartOfHour(at) AS hour,
       ifNull(toString(usd_per_token), ''), toString(price_row), toString(price_reason), toInt64(count()), toInt64(sum(ifNull(tokens, 0))),
       toString(sum(ifNull(cost_usd, toDecimal128(0, 12))))
FROM {{table "metric_usage"}}
WHERE at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND at < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND total != '' AND tokens IS NOT NULL
GROUP BY ALL
ORDER BY ALL
