-- What the tasks that began in a span of time and are closed spent without need, by product. What waste is was decided
-- when the tasks were put together (cost/rollup); here it is only added up, with the squares that intervals need.
SELECT toString(product), toInt64(count()), toInt64(countIf(unpriced + partial > 0)), toInt64(sum(calls)),
       toString(sum(cost)), toString(sum(retry_cost_usd)), toString(sum(loop_cost_usd)), toString(sum(failed_usd)), toString(sum(wasted_usd)),
       sum(y * y),
       [sum(toFloat64(retry_cost_usd) * y), sum(toFloat64(loop_cost_usd) * y), sum(toFloat64(failed_usd) * y), sum(toFloat64(wasted_usd) * y)],
       [sum(pow(toFloat64(retry_cost_usd), 2)), sum(pow(toFloat64(loop_cost_usd), 2)), sum(pow(toFloat64(failed_usd), 2)), sum(pow(toFloat64(wasted_usd), 2))],
       ifNull(toString(sum(cache_saved_usd)), ''), toInt64(sum(cache_known)),
       toInt64(sum(logical_calls)), toInt64(sum(fallback_calls)), toString(sum(fallback_cost_usd)), ifNull(toString(sum(fallback_saved_usd)), ''), toInt64(sum(fallback_known)),
       [toFloat64(countIf(with)), sumIf(q, with), sumIf(q * q, with)], [toFloat64(countIf(without)), sumIf(q, without), sumIf(q * q, without)]
FROM
(
    SELECT product, unpriced, partial, calls, ifNull(cost_usd, toDecimal128(0, 12)) AS cost, retry_cost_usd, loop_cost_usd, cache_saved_usd, cache_known,
           logical_calls, fallback_calls, fallback_cost_usd, fallback_saved_usd, fallback_known,
           if(outcome = 'unknown' AND NOT ended AND abandons_at <= fromUnixTimestamp64Milli(toInt64(@until), 'UTC'), 'abandoned', toString(outcome)) AS how,
           if(how NOT IN ('success', 'unknown', ''), cost, toDecimal128(0, 12)) AS failed_usd,
           if(how NOT IN ('success', 'unknown', ''), cost, retry_cost_usd) AS wasted_usd,
           toFloat64(cost) AS y, ifNull(quality, 0.) AS q,
           quality IS NOT NULL AND fallback_calls > 0 AS with, quality IS NOT NULL AND fallback_calls = 0 AS without
    FROM {{table "task_rows"}} FINAL
    WHERE started_at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND started_at < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
      AND closes_at <= fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
)
GROUP BY product
