-- All rows of some traces, with what is needed to settle and place them.
SELECT service_name, start_time, trace_id, span_id, parent_span_id, kind, name, otel_span_kind, duration_ns, status, error_type,
       link_trace_ids, link_span_ids, dialect, scope_name, operation, is_container, is_aggregate, provider, request_model, response_model, priced_model,
       region, service_tier, response_id, request_id, tool_call_id, provider_call_id, finish_reasons, attempt, retry_of,
       input_total, output_total, total_reported, cache_read, cache_write, reasoning, usage_source,
       cost_usd, cache_saved_usd, requested_model_usd, cost_status, cost_counted, cost_suppressed_by, cost_suppressed_rule, weight, purpose,
       service_version, environment, product, session_id, user_id, tenant, team, task_id, task_type, task_outcome,
       agent_name, agent_id, workflow_name, prompt_name, prompt_version, variant, flags, experiment_id,
       tool_name, tool_args_hash, data_source_id, language, input_hash, prediction_id, model_name, model_version, feature_categories,
       prediction_score, prediction_label, prediction_classes, mapFilter((k, v) -> k IN (@attributes), attributes) AS rest
FROM {{table "span_rows"}} FINAL
WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND lower(hex(trace_id)) IN (@traces)
ORDER BY start_time, trace_id, span_id
