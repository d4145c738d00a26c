-- Every span, once. Ids are lower-case hex; NULL is unknown, never zero. A tool run that two
-- instrumentations tell of is two spans: the second says so in cost_suppressed_rule where it came second.
CREATE OR REPLACE VIEW {{name "spans"}} {{.OnCluster}} AS
SELECT lower(hex(trace_id)) AS trace_id,
       lower(hex(span_id)) AS span_id,
       if(parent_span_id = toFixedString('', 8), '', lower(hex(parent_span_id))) AS parent_span_id,
       start_time,
       start_time + toIntervalNanosecond(duration_ns) AS end_time,
       * EXCEPT (trace_id, span_id, parent_span_id, start_time, link_trace_ids, link_span_ids, rare_texts, rare_numbers),
       arrayMap(x -> lower(hex(x)), link_trace_ids) AS link_trace_ids,
       arrayMap(x -> lower(hex(x)), link_span_ids) AS link_span_ids
FROM (SELECT * FROM {{name "span_rows"}} FINAL SETTINGS asterisk_include_alias_columns = 1)
