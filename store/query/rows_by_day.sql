-- How many spans began on each day of a range.
SELECT toDate(start_time) AS day, count()
FROM {{table "span_rows"}}
WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
GROUP BY day
