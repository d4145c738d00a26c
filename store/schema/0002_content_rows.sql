-- What people and models said, kept only where the user asked for it: its own table, its own, shorter
-- life, and out of the way of every query over span_rows. Written before the span rows of its batch.
-- shard by: cityHash64(trace_id)
CREATE TABLE IF NOT EXISTS {{table "content_rows"}} {{.OnCluster}}
(
    service_name LowCardinality(String),
    start_time   DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    trace_id     FixedString(16) CODEC(ZSTD(1)),
    span_id      FixedString(8) CODEC(ZSTD(1)),
    received_at  DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    system       String CODEC(ZSTD(3)),
    input        String CODEC(ZSTD(3)),
    output       String CODEC(ZSTD(3)),
    tools        String CODEC(ZSTD(3)),
    INDEX by_trace lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = {{.Engine "ReplacingMergeTree(received_at)"}}
PARTITION BY toDate(start_time)
PRIMARY KEY (service_name, toStartOfMinute(start_time))
ORDER BY (service_name, toStartOfMinute(start_time), trace_id, span_id)
{{.ContentTTL "toDateTime(start_time)"}}
SETTINGS ttl_only_drop_parts = 1, ratio_of_defaults_for_sparse_serialization = 1, {{.DedupWindow}}
