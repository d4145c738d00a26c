-- Hourly blocks of all series.
SELECT product, series, slice, grid, start, seconds, n, nulls, bad, sum, sum2, min, max, codes, counts, categories
FROM {{table "block_rows"}} FINAL
WHERE seconds = 3600 AND start >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start IN (SELECT toDateTime(arrayJoin(@hours), 'UTC'))
ORDER BY product, series, slice, start
