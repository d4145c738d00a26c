-- Minutes with spans newer than @since, and those that have become due since the last slot although
-- their rows came earlier (a clock ahead of ours).
SELECT minute, max(rows_at)
FROM {{table "dirty_minutes"}}
WHERE minute < fromUnixTimestamp64Milli(toInt64(@asof), 'UTC') AND minute >= fromUnixTimestamp64Milli(toInt64(@oldest), 'UTC')
GROUP BY minute
HAVING max(rows_at) >= fromUnixTimestamp64Milli(toInt64(@since), 'UTC') OR max(rows_at) > toDateTime64(0, 3, 'UTC') AND minute >= fromUnixTimestamp64Milli(toInt64(@before), 'UTC')
ORDER BY minute
