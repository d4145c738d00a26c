-- Other traces that tell of the same requests or belong to the same tasks. Spans of one request in two
-- traces need not share an id: where a service is instrumented more than once, also the traces of it
-- with a call in the same second.
SELECT DISTINCT trace_id
FROM {{table "span_rows"}}
WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
  AND (response_id != '' AND response_id IN (@responses) OR task_id != '' AND task_id IN (@tasks) OR session_id != '' AND session_id IN (@sessions)
    OR kind IN ('model_call', 'embedding', 'rerank')
      AND concat(toString(toUnixTimestamp(start_time)), ' ', service_name) IN (@seconds)
      AND service_name IN
      (
          SELECT service_name FROM {{table "span_rows"}}
          WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
            AND kind IN ('model_call', 'embedding', 'rerank')
          GROUP BY service_name
          HAVING uniqExact(scope_name) > 1
      ))
