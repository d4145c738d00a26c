-- What some runs did since an instant, those that tool calls belong to included: by the id that names them.
SELECT toString(d.product) AS in_product, run.1 AS scope, run.2 AS id, max(s.start_time + toIntervalNanosecond(s.duration_ns)),
       toInt64(countIf(call)), toInt64(sumIf(ifNull(s.input_total, 0) + ifNull(s.output_total, 0), call)), toString(sumIf(ifNull(s.cost_usd, 0), call))
FROM
(
    SELECT service_name, trace_id, span_id, kind, start_time, duration_ns, input_total, output_total, cost_usd,
           multiIf(task_id != '', ('task', task_id), session_id != '', ('session', session_id), ('trace', lower(hex(trace_id)))) AS run
    FROM {{table "span_rows"}} FINAL
    WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND kind IN ('model_call', 'embedding', 'rerank', 'tool_call')
      AND (task_id IN (@ids) OR session_id IN (@ids) OR lower(hex(trace_id)) IN (@ids))
) AS s
INNER JOIN
(
    SELECT service_name, start_time, trace_id, span_id, product, counted, toString(rule) AS rule
    FROM {{table "decision_rows"}} FINAL
    WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND product != ''
) AS d ON d.service_name = s.service_name AND d.start_time = s.start_time AND d.trace_id = s.trace_id AND d.span_id = s.span_id
WHERE (s.kind != 'tool_call' AND d.counted AS call) OR s.kind = 'tool_call' AND d.rule = ''
GROUP BY in_product, scope, id
