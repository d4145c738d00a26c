-- Hourly blocks of all series, or of one product's, that start in a span.
SELECT product, series, slice, grid, start, seconds, n, nulls, bad, sum, sum2, min, max, codes, counts, categories
FROM {{table "block_rows"}} FINAL
WHERE seconds = 3600 AND start >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND (@product = '' OR product = @product)
ORDER BY product, series, slice, start
