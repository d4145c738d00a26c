-- A signal makes dirty every minute that its trace touches at its ends, by the bounds known when it
-- arrives, and its own minute. A signal that arrives before its trace needs nothing more: the trace's
-- spans make their minutes dirty when they come.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{name "dirty_minutes_signals_mv"}} {{.OnCluster}} TO {{table "dirty_minutes"}} AS
SELECT toStartOfMinute(arrayJoin(arrayDistinct([s.at, if(b.trace_id = s.trace_id AND b.first > toDateTime64(0, 9, 'UTC'), b.first, s.at), if(b.trace_id = s.trace_id AND b.last > toDateTime64(0, 9, 'UTC'), b.last, s.at)]))) AS minute,
       max(s.received_at) AS changed_at, toDateTime64(0, 3, 'UTC') AS rows_at
FROM {{table "signal_rows"}} AS s
LEFT JOIN
(
    SELECT trace_id, min(first) AS first, max(last) AS last
    FROM {{table "trace_bounds"}}
    WHERE trace_id IN (SELECT trace_id FROM {{table "signal_rows"}})
    GROUP BY trace_id
) AS b ON b.trace_id = s.trace_id
GROUP BY minute
