-- Traces of which something is newer than @since: a span, or a signal that names the trace, or one of
-- its spans by another id. first and last are the bounds of the whole trace.
WITH
    fromUnixTimestamp64Milli(toInt64(@since), 'UTC') AS newer,
    (SELECT min(at) - INTERVAL 7 DAY FROM {{table "signal_rows"}} WHERE received_at >= newer AND trace_id = toFixedString('', 16)) AS oldest
SELECT b.trace_id AS trace_id, min(b.first) AS first_at, max(b.last) AS last_at, any(t.changed) AS changed_at
FROM {{table "trace_bounds"}} AS b
INNER JOIN
(
    SELECT trace_id, max(at) AS changed
    FROM
    (
        SELECT trace_id, received_at AS at FROM {{table "span_rows"}} WHERE received_at >= newer
        UNION ALL
        SELECT trace_id, received_at FROM {{table "signal_rows"}} WHERE received_at >= newer AND trace_id != toFixedString('', 16)
        UNION ALL
        SELECT trace_id, now64(3, 'UTC') FROM {{table "span_rows"}}
        WHERE start_time >= oldest AND oldest > toDateTime64('1971-01-01 00:00:00', 9, 'UTC') AND
        (
            prediction_id != '' AND prediction_id IN (SELECT prediction_id FROM {{table "signal_rows"}} WHERE received_at >= newer AND prediction_id != '')
            OR response_id != '' AND response_id IN (SELECT response_id FROM {{table "signal_rows"}} WHERE received_at >= newer AND response_id != '')
            OR session_id != '' AND session_id IN (SELECT session_id FROM {{table "signal_rows"}} WHERE received_at >= newer AND session_id != '' AND trace_id = toFixedString('', 16))
            OR task_id != '' AND task_id IN (SELECT task_id FROM {{table "signal_rows"}} WHERE received_at >= newer AND task_id != '')
        )
    )
    GROUP BY trace_id
) AS t ON t.trace_id = b.trace_id
GROUP BY trace_id
HAVING last_at >= fromUnixTimestamp64Milli(toInt64(@oldest), 'UTC')
ORDER BY first_at, trace_id
