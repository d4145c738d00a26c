-- What the evaluation loop settled about a span once its trace was there: which product and task it
-- belongs to, its slices, and whether it is counted: late spans may reveal that an earlier one was the
-- same request seen from outside. Written only where it differs from what stands here.
-- service_name and start_time are those of the span, so that a join by them reads the same minutes.
-- shard by: cityHash64(trace_id)
CREATE TABLE IF NOT EXISTS {{table "decision_rows"}} {{.OnCluster}}
(
    service_name  LowCardinality(String),
    start_time    DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    trace_id      FixedString(16) CODEC(ZSTD(1)),
    span_id       FixedString(8) CODEC(ZSTD(1)),
    product       LowCardinality(String),
    task_id       String CODEC(ZSTD(1)),
    slices        Array(LowCardinality(String)),
    counted       Bool CODEC(ZSTD(1)),
    suppressed_by String CODEC(ZSTD(1)),
    rule          LowCardinality(String),
    -- the tool whose result a call came after, the last one of its trace; '' where there is none
    tool          LowCardinality(String),
    -- Sampling: how many traces the span's trace stands for, and what all counted calls of the trace and
    -- product cost and took, with which the variance of a total adds up call by call. 1, 0 and 0 where
    -- the trace was kept for certain.
    weight        Float64 DEFAULT 1 CODEC(ZSTD(1)),
    sample_usd    Float64 CODEC(ZSTD(1)),
    sample_tokens Float64 CODEC(ZSTD(1)),
    version       LowCardinality(String),
    decided_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1))
)
ENGINE = {{.Engine "ReplacingMergeTree(decided_at)"}}
PARTITION BY toDate(start_time)
PRIMARY KEY (service_name, toStartOfMinute(start_time))
ORDER BY (service_name, toStartOfMinute(start_time), trace_id, span_id)
{{.TTL "toDateTime(start_time)"}}
SETTINGS ttl_only_drop_parts = 1, {{.DedupWindow}}
