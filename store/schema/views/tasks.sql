-- Closed tasks: one row each, with outcome and cost. cost_usd is the known part of the cost: where
-- unpriced is not 0, it is a lower bound.
CREATE OR REPLACE VIEW {{name "tasks"}} {{.OnCluster}} AS
SELECT product, service_name, task_id, task_type, outcome, outcome_source, started_at, ended_at,
       dateDiff('millisecond', started_at, ended_at) / 1000 AS duration_seconds,
       cost_usd, calls, unpriced,
       if(trace_id = toFixedString('', 16), '', lower(hex(trace_id))) AS trace_id,
       * EXCEPT (product, service_name, task_id, task_type, outcome, outcome_source, started_at, ended_at, cost_usd, calls, unpriced, trace_id, deleted)
FROM {{name "task_rows"}} FINAL
