-- Calls with all that pricing looks at, and the price they have now.
SELECT s.service_name, s.start_time, s.trace_id, s.span_id, s.kind, s.operation, s.duration_ns, s.status, s.provider, s.provider_raw, s.request_model, s.response_model,
       s.priced_model, s.base_url, s.region, s.service_tier, s.batch, s.response_id, s.cache_semantics, s.usage_source,
       toJSONString(map('input_total', input_total, 'output_total', output_total, 'total_reported', total_reported,
           'cache_read', cache_read, 'cache_write', cache_write, 'cache_write_5m', cache_write_5m, 'cache_write_1h', cache_write_1h,
           'input_text', input_text, 'input_audio', input_audio, 'input_image', input_image, 'input_video', input_video,
           'input_document', input_document, 'input_tool_use', input_tool_use,
           'cache_read_text', cache_read_text, 'cache_read_audio', cache_read_audio, 'cache_read_image', cache_read_image, 'cache_read_video', cache_read_video,
           'reasoning', reasoning, 'output_text', output_text, 'output_audio', output_audio, 'output_image', output_image, 'output_video', output_video,
           'web_searches', web_searches, 'audio_seconds', audio_seconds, 'images', images)) AS usage,
       ifNull(toString(cost_usd), ''), cost_status, cost_reason, cost_matched_model, cost_price_row, cost_table_sha256,
       if(ifNull(d.decided, false), d.counted, s.cost_counted) AS counts, if(ifNull(d.decided, false), d.suppressed_by, s.cost_suppressed_by),
       if(ifNull(d.decided, false), d.rule, s.cost_suppressed_rule),
       ifNull(toString(reported_cost_usd), ''), reported_cost_source, weight, purpose, attributes['windage.local_cache'], attributes['llm.cache_hit']
FROM (SELECT * FROM {{table "span_rows"}} FINAL
      WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
        AND (kind IN ('model_call', 'embedding', 'rerank') OR kind = 'task' AND cost_status != '') AND (length(@traces) = 0 OR lower(hex(trace_id)) IN (@traces))
      SETTINGS asterisk_include_alias_columns = 1) AS s
LEFT JOIN
(
    SELECT service_name, start_time, trace_id, span_id, counted, toString(suppressed_by) AS suppressed_by, toString(rule) AS rule, true AS decided
    FROM {{table "decision_rows"}} FINAL
    WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
) AS d ON s.service_name = d.service_name AND s.start_time = d.start_time AND s.trace_id = d.trace_id AND s.span_id = d.span_id
ORDER BY s.start_time, s.trace_id, s.span_id
SETTINGS output_format_json_quote_64bit_integers = 0
