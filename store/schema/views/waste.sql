-- What tasks spent without need, by product and the day on which they began: the same sums that windage_waste_usd and
-- `windage cost` tell. retry_usd (attempts that a later one repeated) and loop_usd (calls that read again what a tool
-- had already told) are part of cost_usd and do not overlap; failed_usd is the cost of tasks known not to have succeeded;
-- wasted_usd is failed and retried, what is both once. cost_usd is a lower bound where incomplete is not 0.
-- cache_saved_usd and fallback_saved_usd are NULL where they are known of no call; cache_known and fallback_known count
-- those behind them. judge_usd and shadow_usd stand apart and are not part of cost_usd.
CREATE OR REPLACE VIEW {{name "waste"}} {{.OnCluster}} AS
SELECT product, toDate(started_at) AS day, count() AS tasks, countIf(outcome = 'success') AS successes, countIf(unpriced + partial > 0) AS incomplete,
       sum(ifNull(cost_usd, toDecimal128(0, 12))) AS cost_usd,
       sum(retry_cost_usd) AS retry_usd, sum(loop_cost_usd) AS loop_usd,
       sumIf(ifNull(t.cost_usd, toDecimal128(0, 12)), outcome NOT IN ('success', 'unknown', '')) AS failed_usd,
       sum(if(outcome NOT IN ('success', 'unknown', ''), ifNull(t.cost_usd, toDecimal128(0, 12)), retry_cost_usd)) AS wasted_usd,
       sum(t.cache_saved_usd) AS cache_saved_usd, sum(t.cache_known) AS cache_known, sum(t.calls) AS calls,
       sum(judge_cost_usd) AS judge_usd, sum(shadow_cost_usd) AS shadow_usd,
       sum(t.logical_calls) AS logical_calls, sum(t.fallback_calls) AS fallback_calls, sum(fallback_cost_usd) AS fallback_usd,
       sum(t.fallback_saved_usd) AS fallback_saved_usd, sum(t.fallback_known) AS fallback_known
FROM (SELECT * REPLACE if(outcome = 'unknown' AND NOT ended AND abandons_at <= now64(3), 'abandoned', toString(outcome)) AS outcome
      FROM {{name "task_rows"}} FINAL WHERE closes_at <= now64(3)) AS t
GROUP BY product, day
