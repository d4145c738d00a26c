-- Feeds trace_bounds from every insert of spans.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{name "trace_bounds_mv"}} {{.OnCluster}} TO {{table "trace_bounds"}} AS
SELECT trace_id, toDate(max(start_time)) AS day, min(start_time) AS first, max(start_time) AS last
FROM {{table "span_rows"}}
GROUP BY trace_id
