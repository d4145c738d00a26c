-- Hours whose tasks close or are given up between two moments without anything new arriving.
SELECT DISTINCT toStartOfMinute(started_at)
FROM {{table "task_rows"}} FINAL
WHERE closes_at >= fromUnixTimestamp64Milli(toInt64(@before), 'UTC') AND closes_at < fromUnixTimestamp64Milli(toInt64(@asof), 'UTC')
   OR abandons_at >= fromUnixTimestamp64Milli(toInt64(@before), 'UTC') AND abandons_at < fromUnixTimestamp64Milli(toInt64(@asof), 'UTC')
