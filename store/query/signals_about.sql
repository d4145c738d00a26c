-- Signals about some traces and what is in them.
SELECT kind, name, trace_id, span_id, response_id, session_id, task_id, prediction_id, source, source_id, suite, run, case_id,
       at, user_id, product, service_name, environment, value, label, passed, annotator, annotator_id, severity, reason,
       model, prompt_version, variant, attributes['windage.anchor.id'], attributes['windage.anchor.expected']
FROM {{table "signal_rows"}} FINAL
WHERE lower(hex(trace_id)) IN (@traces)
   OR prediction_id != '' AND prediction_id IN (@predictions)
   OR response_id != '' AND response_id IN (@responses)
   OR trace_id = toFixedString('', 16) AND (session_id != '' AND session_id IN (@sessions) OR task_id != '' AND task_id IN (@tasks))
ORDER BY at, kind, name, source_id
