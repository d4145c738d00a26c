-- An insert of spans makes its minutes dirty.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{name "dirty_minutes_spans_mv"}} {{.OnCluster}} TO {{table "dirty_minutes"}} AS
SELECT toStartOfMinute(start_time) AS minute, max(received_at) AS changed_at, max(received_at) AS rows_at
FROM {{table "span_rows"}}
GROUP BY minute
