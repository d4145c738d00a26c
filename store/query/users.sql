-- By the hour in which users were first seen with a task: how many there were, how many of them had a successful task
-- within @activated days, and how many were seen again in the days from @away up to @back after that.
-- Users are those of every task that is kept, so that who was seen before is not new.
SELECT product, toStartOfHour(first) AS hour, toInt64(count()), toInt64(countIf(won)), toInt64(countIf(returned))
FROM
(
    SELECT product, user_id, any(f.first) AS first,
           max(t.outcome = 'success' AND t.started_at < f.first + toIntervalDay(@activated)) AS won,
           max(t.started_at >= f.first + toIntervalDay(@away) AND t.started_at < f.first + toIntervalDay(@back)) AS returned
    FROM (SELECT product, user_id, started_at, outcome FROM {{table "task_rows"}} FINAL WHERE user_id != '') AS t
    INNER JOIN
    (
        SELECT product, user_id, min(started_at) AS first FROM {{table "task_rows"}} FINAL WHERE user_id != '' GROUP BY product, user_id
    ) AS f ON t.product = f.product AND t.user_id = f.user_id
    WHERE t.started_at < f.first + toIntervalDay(@back) AND t.started_at < fromUnixTimestamp64Milli(toInt64(@asof), 'UTC')
    GROUP BY product, user_id
)
GROUP BY product, hour
ORDER BY product, hour
