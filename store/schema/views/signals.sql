-- What was said about spans, traces, sessions and tasks: the newest of each, without what was taken back.
CREATE OR REPLACE VIEW {{name "signals"}} {{.OnCluster}} AS
SELECT kind, name, at, product, service_name, value, label, passed,
       if(trace_id = toFixedString('', 16), '', lower(hex(trace_id))) AS trace_id,
       if(span_id = toFixedString('', 8), '', lower(hex(span_id))) AS span_id,
       * EXCEPT (kind, name, at, product, service_name, value, label, passed, trace_id, span_id, id, deleted)
FROM {{name "signal_rows"}} FINAL
