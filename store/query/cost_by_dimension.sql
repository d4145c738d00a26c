-- What the counted calls of a span of time cost by each dimension, the @top dearest values of each, and in all
-- (dimension and value ''). By outcome are the tasks that began in it and are closed: all their calls lie in it.
SELECT product, dimension, value, toString(sum(usd)), toInt64(sum(n)), toInt64(sum(without))
FROM
(
    SELECT toString(product) AS product, x.1 AS dimension, x.2 AS value, cost_usd AS usd, calls AS n, unpriced AS without
    FROM {{table "minute_rows"}} FINAL
    ARRAY JOIN [('', ''), ('provider', toString(provider)), ('model', toString(model)), ('prompt_version', toString(prompt_version)),
                ('variant', toString(variant)), ('environment', toString(environment)),
                ('purpose', if(purpose = '', 'product', toString(purpose)))] AS x
    WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND minute < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND calls > 0
    UNION ALL
    SELECT toString(product), toString(dimension), value, cost_usd, calls, unpriced
    FROM {{table "attribution_rows"}} FINAL
    WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND minute < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND calls > 0
    UNION ALL
    SELECT toString(product), 'outcome',
           if(outcome = 'unknown' AND NOT ended AND abandons_at <= fromUnixTimestamp64Milli(toInt64(@until), 'UTC'), 'abandoned', toString(outcome)),
           ifNull(cost_usd, toDecimal128(0, 12)) + judge_cost_usd + shadow_cost_usd, calls, unpriced
    FROM {{table "task_rows"}} FINAL
    WHERE started_at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND closes_at <= fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
)
GROUP BY product, dimension, value
ORDER BY product, dimension, sum(usd) DESC, value
LIMIT @top BY product, dimension
