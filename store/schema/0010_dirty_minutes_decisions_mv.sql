-- A settled decision changes what is counted in its minute.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{name "dirty_minutes_decisions_mv"}} {{.OnCluster}} TO {{table "dirty_minutes"}} AS
SELECT toStartOfMinute(start_time) AS minute, max(decided_at) AS changed_at
FROM {{table "decision_rows"}}
GROUP BY minute
