-- Adds the minutes of some fresh hours up, always from the minutes that are there now.
-- @hours: unix seconds; @computed: version
INSERT INTO {{table "block_rows"}}
    (source, product, series, slice, start, seconds, grid, computed_at, n, nulls, bad, sum, sum2, min, max, codes, counts, categories)
SELECT source, product, series, slice, toStartOfHour(start) AS hour, 3600, any(grid), fromUnixTimestamp64Milli(toInt64(@computed), 'UTC'),
       sum(n), sum(nulls), sum(bad), sum(sum), sum(sum2), minIf(min, n > 0), maxIf(max, n > 0),
       (sumMap(codes, counts) AS cells).1, cells.2, sumMap(categories)
FROM {{table "block_rows"}} FINAL
WHERE seconds = 60 AND start >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(start) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC')) AND source = 'spans'
GROUP BY source, product, series, slice, hour
