-- Every number the evaluation loop published, by slot: value, interval, sample size, objective, and the
-- code and configuration that produced it.
CREATE OR REPLACE VIEW {{name "results"}} {{.OnCluster}} AS
SELECT slot, product, kind, layer, name, slice, value, lower, upper, n, state, reason,
       * EXCEPT (slot, product, kind, layer, name, slice, value, lower, upper, n, state, reason)
FROM {{name "result_rows"}} FINAL
