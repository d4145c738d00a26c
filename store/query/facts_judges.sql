-- Who judged, and what judges said of anchors: items whose right answer is known. By the hour of what is judged.
SELECT product, toStartOfHour(minute) AS hour, name, judge, anchor != '' AS known,
       if(known, expected, '') AS should, if(known, multiIf(passed = true, 'pass', passed = false, 'fail', label != '', label, value IS NULL, '', value >= 0.5, 'pass', 'fail'), '') AS was, count()
FROM {{table "said_rows"}} FINAL
WHERE kind = 'evaluation' AND judge != '' AND product != ''
  AND minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC')){{.Side}}
GROUP BY product, hour, name, judge, known, should, was
