-- What machines of one's own may have served, by minute: calls of some models, whoever is billed for
-- them, and retrievals from some data sources.
SELECT minute, product, provider, model, '' AS source, sum(calls), sum(duration_ns), sum(input_tokens) + sum(output_tokens)
FROM {{table "minute_rows"}} FINAL
WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND minute < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND model IN (@models) AND calls > 0
GROUP BY minute, product, provider, model
UNION ALL
SELECT toStartOfMinute(s.start_time) AS minute, toString(d.product), '', '', toString(s.data_source_id), count(), sum(s.duration_ns), toInt64(0)
FROM {{table "span_rows"}} AS s FINAL
INNER JOIN
(
    SELECT service_name, start_time, trace_id, span_id, product FROM {{table "decision_rows"}} FINAL
    WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND product != ''
) AS d ON d.service_name = s.service_name AND d.start_time = s.start_time AND d.trace_id = s.trace_id AND d.span_id = s.span_id
WHERE s.start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND s.start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND s.kind = 'retrieval' AND s.data_source_id IN (@sources)
GROUP BY minute, d.product, s.data_source_id
