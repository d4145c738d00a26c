-- The bounds of traces by their id or by the id of a response in them.
SELECT lower(hex(trace_id)), min(start_time), max(start_time)
FROM {{table "span_rows"}}
WHERE lower(hex(trace_id)) = @id OR trace_id IN (SELECT trace_id FROM {{table "span_rows"}} WHERE response_id = @id AND response_id != '')
GROUP BY trace_id
ORDER BY trace_id
LIMIT 100
