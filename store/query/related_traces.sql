-- Other traces that tell of the same requests or belong to the same tasks. Spans of one request in two
-- traces need not share an id: where a service is instrumented more than once, also the traces of it
-- with a call or tool call in the same second.
SELECT DISTINCT trace_id
FROM {{table "span_rows"}}
WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND (response_id != '' AND response_id IN (@responses) OR task_id != '' AND task_id IN (@tasks) OR session_id != '' AND session_id IN (@sessions)
    OR kind IN ('model_call', 'embedding', 'rerank', 'tool_call')
      AND concat(toString(toUnixTimestamp(start_time)), ' ', service_name) IN (@seconds)
      AND (service_name, kind = 'tool_call') IN
      (
          SELECT service_name, kind = 'tool_call' AS is_tool FROM {{table "span_rows"}}
          WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
            AND kind IN ('model_call', 'embedding', 'rerank', 'tool_call')
          GROUP BY service_name, is_tool
          HAVING uniqExact(scope_name) > 1
      ))
