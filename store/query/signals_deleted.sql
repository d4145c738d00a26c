-- Signals taken back since @since.
SELECT kind, name, trace_id, span_id, response_id, session_id, task_id, prediction_id, source, source_id, suite, run, case_id,
       at, user_id, product, service_name, environment, value, label, passed, annotator, annotator_id, severity, reason,
       model, prompt_version, variant, attributes['windage.anchor.id'], attributes['windage.anchor.expected']
FROM {{table "signal_rows"}}
WHERE received_at >= fromUnixTimestamp64Milli(toInt64(@since), 'UTC') AND deleted = 1
