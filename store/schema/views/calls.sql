-- The counted model calls: one row for each request to a model that may be billed, however many spans
-- tell of it, of the product and task that the evaluation loop settled. An agent run whose calls nobody told of is one
-- row, of kind task, with what they used together; calls below it that were told of without usage have
-- the cost_reason in_container. cost_usd is exact, in USD, and NULL where the call could not be priced.
CREATE OR REPLACE VIEW {{name "calls"}} {{.OnCluster}} AS
SELECT lower(hex(s.trace_id)) AS trace_id,
       lower(hex(s.span_id)) AS span_id,
       if(s.parent_span_id = toFixedString('', 8), '', lower(hex(s.parent_span_id))) AS parent_span_id,
       s.start_time AS start_time,
       s.start_time + toIntervalNanosecond(s.duration_ns) AS end_time,
       s.service_name AS service_name,
       if(ifNull(d.decided, false) AND d.product != '', d.product, s.product) AS product,
       if(ifNull(d.decided, false) AND d.task_id != '', d.task_id, s.task_id) AS task_id,
       s.environment AS environment,
       s.kind AS kind,
       s.operation AS operation,
       s.provider AS provider,
       if(s.response_model != '', s.response_model, s.request_model) AS model,
       s.request_model AS request_model,
       s.response_model AS response_model,
       s.priced_model AS priced_model,
       s.cost_usd AS cost_usd,
       nullIf(s.cost_status, '') AS cost_status,
       if(ifNull(d.decided, false) AND d.rule != '', 'in_container', nullIf(s.cost_reason, '')) AS cost_reason,
       nullIf(s.usage_source, '') AS usage_source,
       true AS cost_counted,
       s.* EXCEPT (trace_id, span_id, parent_span_id, start_time, service_name, product, task_id, environment, kind, operation, provider,
                   request_model, response_model, priced_model, cost_usd, cost_status, cost_reason, usage_source, cost_counted,
                   cost_suppressed_by, cost_suppressed_rule, link_trace_ids, link_span_ids, rare_texts, rare_numbers)
FROM (SELECT * FROM {{name "span_rows"}} FINAL SETTINGS asterisk_include_alias_columns = 1) AS s
LEFT JOIN
(
    SELECT service_name, start_time, trace_id, span_id, product, task_id, counted, toString(rule) AS rule, true AS decided
    FROM {{name "decision_rows"}} FINAL
) AS d ON s.service_name = d.service_name AND s.start_time = d.start_time AND s.trace_id = d.trace_id AND s.span_id = d.span_id
WHERE (s.kind IN ('model_call', 'embedding', 'rerank') OR s.kind = 'task' AND s.cost_status != '') AND if(ifNull(d.decided, false), d.counted, s.cost_counted)
