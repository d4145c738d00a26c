-- For services that count usage in metrics: by day and model, what the metrics say beside what the counted calls of
-- spans say. gap is metrics ÷ spans − 1 over all tokens, NULL where one of the two says nothing. verdict is agree
-- (within 1 %), differ, metrics_only or spans_only. Points are cut by when they were exported, calls by when they
-- began, so that a day that is not over, or much traffic at midnight, shows as a small gap.
CREATE OR REPLACE VIEW {{name "metric_usage_gaps"}} {{.OnCluster}} AS
SELECT day, service_name, model,
       sum(m_calls) AS metric_calls, sum(s_calls) AS span_calls,
       sum(m_input) AS metric_input_tokens, sum(s_input) AS span_input_tokens,
       sum(m_output) AS metric_output_tokens, sum(s_output) AS span_output_tokens,
       sum(m_usd) AS metric_cost_usd, sum(s_usd) AS span_cost_usd,
       multiIf(span_input_tokens + span_output_tokens = 0 OR metric_input_tokens + metric_output_tokens = 0, NULL,
               (metric_input_tokens + metric_output_tokens) / (span_input_tokens + span_output_tokens) - 1) AS gap,
       multiIf(sum(s_rows) = 0, 'metrics_only', sum(m_rows) = 0, 'spans_only', abs(ifNull(gap, 1)) <= 0.01, 'agree', 'differ') AS verdict
FROM
(
    SELECT toDate(at) AS day, service_name, model, toInt64(count()) AS m_rows, toInt64(0) AS s_rows,
           toInt64(sum(ifNull(calls, 0))) AS m_calls, toInt64(0) AS s_calls,
           toInt64(sumIf(ifNull(tokens, 0), total = 'input')) AS m_input, toInt64(0) AS s_input,
           toInt64(sumIf(ifNull(tokens, 0), total = 'output')) AS m_output, toInt64(0) AS s_output,
           sum(ifNull(cost_usd, toDecimal128(0, 12))) AS m_usd, toDecimal128(0, 12) AS s_usd
    FROM {{name "metric_usage"}}
    WHERE tokens > 0 OR calls > 0
    GROUP BY day, service_name, model
    UNION ALL
    SELECT toDate(start_time) AS day, service_name, model, 0, toInt64(count()), 0, toInt64(count()),
           0, toInt64(sum(ifNull(input_total, 0))), 0, toInt64(sum(ifNull(output_total, 0))),
           toDecimal128(0, 12), sum(ifNull(cost_usd, toDecimal128(0, 12)))
    FROM {{name "calls"}}
    WHERE service_name IN (SELECT service_name FROM {{name "metric_point_rows"}})
    GROUP BY day, service_name, model
)
GROUP BY day, service_name, model
