-- Why calls have no price.
SELECT d.product, s.provider, if(s.response_model != '', s.response_model, s.request_model) AS model, if(s.cost_reason = '', s.usage_missing_reason, s.cost_reason) AS reason,
       count(), toInt64(sum(ifNull(s.input_total, 0) + ifNull(s.output_total, 0)))
FROM {{table "span_rows"}} AS s FINAL
INNER JOIN
(
    SELECT service_name, start_time, trace_id, span_id, product FROM {{table "decision_rows"}} FINAL
    WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND product != '' AND counted AND rule = '' -- with one, its cost is in that of a container
) AS d ON d.service_name = s.service_name AND d.start_time = s.start_time AND d.trace_id = s.trace_id AND d.span_id = s.span_id
WHERE s.start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND s.start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND s.cost_status NOT IN ('priced', 'free', 'partial')
GROUP BY d.product, s.provider, model, reason
ORDER BY count() DESC
LIMIT 100
