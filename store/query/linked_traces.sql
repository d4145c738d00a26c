-- The traces that some are linked with, at most @most of each.
SELECT trace_id, other
FROM {{table "link_rows"}}
WHERE trace_id IN (SELECT toFixedString(unhex(arrayJoin(@traces)), 16))
GROUP BY trace_id, other
ORDER BY trace_id, other
LIMIT @most BY trace_id
