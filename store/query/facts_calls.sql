-- Counted calls of the product's own traffic, by hour.
SELECT product, toStartOfHour(minute) AS hour, sum(calls), sumIf(errors, kind IN ('model_call', 'embedding', 'rerank') OR calls > 0), sum(priced), sum(unpriced), sum(partial),
       toFloat64(sum(cost_usd)), sum(suppressed), sum(input_tokens), sum(cache_read_tokens), maxIf(minute, spans > 0)
FROM {{table "minute_rows"}} FINAL
WHERE purpose = '' AND minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC')){{.Side}}
GROUP BY product, hour
