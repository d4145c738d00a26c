-- Recomputes what calls of some minutes cost by team, tenant and tool, from the rows that are there now.
-- Run twice, the numbers are the same. A value that the minutes no longer have is written with zeros.
-- @minutes: unix seconds; @from, @until: their range, for the partitions; @computed: version
INSERT INTO {{table "attribution_rows"}} (minute, product, dimension, value, computed_at, calls, unpriced, cost_usd,
    sampled, weighted_calls, weighted_cost_usd, variance_usd2)
SELECT minute, product, dimension, value, fromUnixTimestamp64Milli(toInt64(@computed), 'UTC'), sum(calls), sum(unpriced), sum(cost_usd),
       sum(sampled), sum(weighted_calls), sum(weighted_cost_usd), sum(variance_usd2)
FROM
(
    SELECT toStartOfMinute(s.start_time) AS minute, toString(d.product) AS product, x.1 AS dimension, x.2 AS value,
           toUInt64(1) AS calls, toUInt64(d.rule = '' AND s.cost_status NOT IN ('priced', 'free', 'partial')) AS unpriced, -- one that names a rule has its cost in that of a container
           ifNull(s.cost_usd, toDecimal128(0, 12)) AS cost_usd,
           greatest(d.weight, 1.) AS weighted_calls,
           toUInt64(weighted_calls > 1) AS sampled,
           if(weighted_calls > 1, toDecimal128(weighted_calls * toFloat64(cost_usd), 12), cost_usd) AS weighted_cost_usd,
           weighted_calls * (weighted_calls - 1) * toFloat64(cost_usd) * d.sample_usd AS variance_usd2
    FROM (SELECT service_name, start_time, trace_id, span_id, cost_status, cost_usd, toString(tenant) AS tenant, toString(team) AS team
          FROM {{table "span_rows"}} FINAL
          WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
            AND toStartOfMinute(start_time) IN (SELECT toDateTime(arrayJoin(@minutes), 'UTC'))
            AND (kind IN ('model_call', 'embedding', 'rerank') OR cost_status != '')) AS s
    INNER JOIN
    (
        SELECT service_name, start_time, trace_id, span_id, product, toString(tool) AS tool, toString(rule) AS rule, weight, sample_usd
        FROM {{table "decision_rows"}} FINAL
        WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND product != '' AND counted
    ) AS d ON d.service_name = s.service_name AND d.start_time = s.start_time AND d.trace_id = s.trace_id AND d.span_id = s.span_id
    ARRAY JOIN [('tenant', s.tenant), ('team', s.team), ('tool', d.tool)] AS x
    UNION ALL
    SELECT minute, product, dimension, value, 0, 0, toDecimal128(0, 12), 0., 0, toDecimal128(0, 12), 0.
    FROM {{table "attribution_rows"}} FINAL
    WHERE minute IN (SELECT toDateTime(arrayJoin(@minutes), 'UTC'))
)
GROUP BY minute, product, dimension, value
