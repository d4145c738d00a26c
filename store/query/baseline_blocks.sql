-- The blocks of a baseline, by their hash.
SELECT '' AS product, series, slice, grid, start, seconds, n, nulls, bad, sum, sum2, min, max, codes, counts, categories
FROM {{table "baseline_block_rows"}} FINAL
WHERE sha256 = @sha256
ORDER BY series, slice, start
