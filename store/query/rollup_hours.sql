-- Adds the minutes of some hours up. Always from the minutes that are there now.
-- @hours: unix seconds; @computed: version
INSERT INTO {{table "block_rows"}}
    (product, series, slice, start, seconds, grid, computed_at, n, nulls, bad, sum, sum2, min, max, codes, counts, categories)
SELECT product, series, slice, toStartOfHour(start) AS hour, 3600, any(grid), fromUnixTimestamp64Milli(toInt64(@computed), 'UTC'),
       sum(n), sum(nulls), sum(bad), sum(sum), sum(sum2), minIf(min, n > 0), maxIf(max, n > 0),
       (sumMap(codes, counts) AS cells).1, cells.2, sumMap(categories)
FROM {{table "block_rows"}} FINAL
WHERE toStartOfHour(start) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC')) AND seconds = 60
GROUP BY product, series, slice, hour
