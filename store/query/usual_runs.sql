-- What runs of each product and task type cost and how many calls they took: a sample of each. A run is
-- the task where an id names it, else the session, else the trace, as it is followed in the stream.
SELECT product, type, run, toString(sum(usd)), toInt64(sum(n))
FROM
(
    SELECT toString(product) AS product, toString(task_type) AS type, ifNull(cost_usd, 0) AS usd, calls AS n,
           multiIf(rule = 'id', task_id, session_id != '', session_id, lower(hex(trace_id))) AS run
    FROM {{table "task_rows"}} FINAL
    WHERE started_at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND calls > 0 AND unpriced = 0
)
GROUP BY product, type, run
ORDER BY product, type, cityHash64(run)
LIMIT 2000 BY product, type
