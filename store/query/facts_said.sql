-- What was said, by the hour of what it speaks of. Anchors speak of the judge and not of the product.
SELECT product, toStartOfHour(minute) AS hour, kind, name, label, if(kind = 'suite', suite, '') AS suite_name, if(kind = 'suite', run, '') AS run_name,
       count(), countIf(passed = true), countIf(passed = false), countIf(value IS NOT NULL AND isFinite(value)),
       sumIf(ifNull(value, 0), isFinite(ifNull(value, 0))), sumIf(ifNull(value, 0) * ifNull(value, 0), isFinite(ifNull(value, 0))),
       countIf(severity = 'critical'), max(at), max(minute), anyIf(model, model != ''), anyIf(prompt_version, prompt_version != ''),
       if(name = 'time_saved', arrayReduce('sumMap', arrayMap(v -> map(toInt16(if(v <= 0, -32768, floor(log2(v) * 16))), toUInt64(1)), groupArrayIf(ifNull(value, 0), value IS NOT NULL))), map()) AS bins
FROM {{table "said_rows"}} FINAL
WHERE product != '' AND anchor = '' AND minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC')){{.Side}}
GROUP BY product, hour, kind, name, label, suite_name, run_name
