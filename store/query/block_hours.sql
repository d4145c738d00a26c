-- The hours that have blocks.
SELECT DISTINCT start FROM {{table "block_rows"}}
WHERE seconds = 3600 AND start >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC')
UNION DISTINCT
SELECT DISTINCT toStartOfHour(minute) FROM {{table "said_rows"}} WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC')
UNION DISTINCT
SELECT DISTINCT toStartOfHour(started_at) FROM {{table "task_rows"}} WHERE started_at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC')
UNION DISTINCT
SELECT DISTINCT toStartOfHour(minute) FROM {{table "minute_rows"}} WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC')
