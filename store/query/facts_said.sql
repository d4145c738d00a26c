-- What was said, by the hour of what it speaks of. Anchors speak of the judge and not of the product. Scores are those
-- of rows without a verdict, from 0 to 1; what lies outside, or is a time saved of more than 30 days, is counted apart.
WITH passed IS NULL AND value IS NOT NULL AS scored, ifNull(value, -1) BETWEEN 0 AND 1 AS inside
SELECT product, toStartOfHour(minute) AS hour, kind, name, label, if(kind = 'suite', suite, '') AS suite_name, if(kind = 'suite', run, '') AS run_name,
       count(), countIf(passed = true), countIf(passed = false), countIf(scored AND inside), sumIf(ifNull(value, 0), scored AND inside), sumIf(ifNull(value, 0) * ifNull(value, 0), scored AND inside),
       countIf(severity = 'critical'), max(at), max(minute), anyIf(model, model != ''), anyIf(prompt_version, prompt_version != ''),
       if(name = 'time_saved', arrayReduce('sumMap', arrayMap(v -> map(toInt16(if(v <= 0, -32768, floor(log2(v) * 16))), toUInt64(1)), groupArrayIf(ifNull(value, 0), value IS NOT NULL AND abs(value) <= 2592000))), map()) AS bins,
       if(name = 'time_saved', countIf(value IS NOT NULL AND NOT abs(value) <= 2592000), countIf(scored AND NOT inside))
FROM {{table "said_rows"}} FINAL
WHERE product != '' AND anchor = '' AND minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC')){{.Side}}
GROUP BY product, hour, kind, name, label, suite_name, run_name
