-- Recomputes the series of one source in some blocks of @seconds: histograms on the universal grid (the
-- formulas of drift/block), category counts and moments, whole and by slice. What a block no longer has
-- is written empty.
-- @blocks: their starts in unix seconds; @from, @until: their range; @computed: version
INSERT INTO {{table "block_rows"}}
    (source, product, series, slice, start, seconds, grid, computed_at, n, nulls, bad, sum, sum2, min, max, codes, counts, categories)
WITH
    fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AS lo,
    fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AS hi,
    arrayReverseSort(x -> (x.2, x.1), groupArrayIf((value, c), grid = 'category' AND c > 0)) AS vals
SELECT '{{.Source}}', product, series, slice, start, @seconds, grid, fromUnixTimestamp64Milli(toInt64(@computed), 'UTC'),
       sumIf(c, grid != 'category' AND code NOT IN (32766, 32767, -32768)),
       sumIf(c, code = -32768 OR value = '__null__'),
       sumIf(c, code IN (32766, 32767)),
       sum(t1), sum(t2), minIf(least_x, c > 0 AND isFinite(least_x)), maxIf(most_x, c > 0 AND isFinite(most_x)),
       arrayMap(x -> x.1, arraySort(groupArrayIf((toInt32(code), c), grid != 'category' AND code != -32768 AND c > 0)) AS cells),
       arrayMap(x -> x.2, cells),
       mapFromArrays(
           arrayConcat(arrayMap(x -> x.1, arraySlice(vals, 1, 100)), if(length(vals) > 100, ['__other__'], [])),
           arrayConcat(arrayMap(x -> x.2, arraySlice(vals, 1, 100)), if(length(vals) > 100, [arraySum(x -> x.2, arraySlice(vals, 101))], [])))
FROM
(
    SELECT product, series, slice, start, grid,
           multiIf(grid = 'category', 0, missing, -32768, isNaN(x), 32767, isInfinite(x), 32766,
               grid = 'unit', multiIf(x < 0, -1, x > 1, 201, toInt32(floor(x * 200))),
               x = 0, 0,
               x > 0, toInt32(greatest(-16000., least(16000., floor(log2(x) * 16)))) + 16001,
               -(toInt32(greatest(-16000., least(16000., floor(log2(-x) * 16)))) + 16001)) AS code,
           multiIf(grid != 'category', '', missing OR text = '', '__null__', substringUTF8(text, 1, 100)) AS value,
           sum(w) AS c,
           sum(if(grid = 'category' OR missing OR NOT isFinite(x), 0, if(grid = 'unit', x, sign(x) * log1p(abs(x)))) AS t) AS t1,
           sum(t * t) AS t2,
           minIf(x, NOT missing AND isFinite(x) AND w > 0) AS least_x, maxIf(x, NOT missing AND isFinite(x) AND w > 0) AS most_x
    FROM
    (
        SELECT start, product, arrayJoin(arrayConcat([''], slices)) AS slice, item.1 AS series, item.2 AS grid,
               item.3 AS x, item.4 AS missing, item.5 AS text, toUInt64(1) AS w
        FROM
        (
            SELECT toDateTime(intDiv(at, @seconds) * @seconds, 'UTC') AS start, product, slices, arrayJoin(arrayFilter(i -> i.1 != '', items)) AS item
            FROM
            (
{{if eq .Source "spans"}}{{template "series_of_spans.sql" .}}{{end}}
{{- if eq .Source "tasks"}}{{template "series_of_tasks.sql" .}}{{end}}
{{- if eq .Source "said"}}{{template "series_of_signals.sql" .}}{{end}}
            )
        )
        UNION ALL
        SELECT start, toString(product), toString(slice), toString(series), toString(grid), 0., true, '', toUInt64(0)
        FROM {{table "block_rows"}} FINAL
        WHERE seconds = @seconds AND start IN (SELECT toDateTime(arrayJoin(@blocks), 'UTC')) AND source = '{{.Source}}' AND (n > 0 OR nulls > 0 OR bad > 0 OR notEmpty(categories))
    )
    GROUP BY product, series, slice, start, grid, code, value
)
GROUP BY product, series, slice, start, grid
