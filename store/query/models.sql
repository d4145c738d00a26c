-- What each model cost, and what has no price.
SELECT product, provider, model, sum(calls), sum(unpriced), sum(partial), sum(suppressed), toFloat64(sum(cost_usd)), toInt64(sum(input_tokens) + sum(output_tokens)),
       sum(sampled), sum(weighted_calls), toFloat64(sum(weighted_cost_usd)), sum(variance_usd2), sum(weighted_tokens), sum(variance_tokens2)
FROM {{table "minute_rows"}} FINAL
WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND minute < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND kind IN ('model_call', 'embedding', 'rerank', 'task')
GROUP BY product, provider, model
HAVING sum(calls) + sum(suppressed) > 0
ORDER BY product, sum(cost_usd) DESC, provider, model
