-- Traces of some rows of a series that lie in a region, or nearest to it where none does: what a person
-- opens to see how the rows look that moved. Reads the given hours only.
-- @blocks: hours in unix seconds; @from, @until: their range
WITH
    fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AS lo,
    fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AS hi
SELECT lower(hex(trace_id))
FROM
(
    SELECT trace_id, arrayJoin(arrayFilter(i -> i.1 = @series, items)) AS item
    FROM
    (
{{if eq .Source "spans"}}{{template "series_of_spans.sql" .}}{{end}}
{{- if eq .Source "tasks"}}{{template "series_of_tasks.sql" .}}{{end}}
{{- if eq .Source "said"}}{{template "series_of_signals.sql" .}}{{end}}
    )
    WHERE product = @product AND (@slice = '' OR has(slices, @slice)) AND trace_id != toFixedString('', 16)
)
WHERE multiIf(@missing = 1, item.4 OR item.2 = 'category' AND item.5 = '', item.2 = 'category', substringUTF8(item.5, 1, 100) = @value, NOT item.4 AND isFinite(item.3))
GROUP BY trace_id
ORDER BY min(if(@missing = 1 OR item.2 = 'category', 0., greatest(@low - item.3, item.3 - @high, 0.))), cityHash64(trace_id), trace_id
LIMIT 3
