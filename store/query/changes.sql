-- The change log: what was said to have changed, and what shows itself in the rows: the first minute of a
-- prompt version, a model and a service's code in a product that had others before.
SELECT at, product, name, arrayElement(mapValues(mapFilter((k, v) -> k = 'from', attributes)), 1), label, 'said' AS source, reason
FROM {{table "signal_rows"}} FINAL
WHERE kind = 'change' AND at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC')
UNION ALL
SELECT toDateTime64(first, 9, 'UTC'), product, what, '', value, 'seen', ''
FROM
(
    SELECT product, item.1 AS what, item.2 AS value, min(minute) AS first, min(first) OVER (PARTITION BY product, what) AS earliest
    FROM
    (
        SELECT product, minute, arrayJoin([('prompt_version', toString(prompt_version)), ('model', toString(model))]) AS item
        FROM {{table "minute_rows"}} FINAL
        WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND spans > 0
        UNION ALL
        SELECT product, start, ('model_version', arrayJoin(mapKeys(mapFilter((k, v) -> v > 0, categories))))
        FROM {{table "block_rows"}} FINAL
        WHERE start >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND seconds = 3600 AND slice = '' AND series = 'model_version'
    )
    WHERE item.2 NOT IN ('', '__null__', '__other__')
    GROUP BY product, what, value
)
WHERE first > earliest
ORDER BY 1
LIMIT 1000
