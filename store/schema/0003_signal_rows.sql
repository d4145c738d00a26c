-- What was said about a span, trace, session or task after the fact: evaluations, feedback, labels,
-- outcomes, violations, suite cases, changes. A repeated or corrected delivery of the same identity
-- (id: model.Signal.ID) replaces the earlier one; a deletion does too.
-- Read with FINAL and without do_not_merge_across_partitions_select_final: a correction may lie in a
-- later month than what it corrects.
-- shard by: cityHash64(trace_id)
CREATE TABLE IF NOT EXISTS {{table "signal_rows"}} {{.OnCluster}}
(
    kind           LowCardinality(String),
    name           LowCardinality(String),
    trace_id       FixedString(16) CODEC(ZSTD(1)),
    id             FixedString(16) CODEC(NONE),
    span_id        FixedString(8) CODEC(ZSTD(1)),
    response_id    String CODEC(ZSTD(1)),
    session_id     String CODEC(ZSTD(1)),
    task_id        String CODEC(ZSTD(1)),
    prediction_id  String CODEC(ZSTD(1)),
    source         LowCardinality(String),
    source_id      String CODEC(ZSTD(1)),
    suite          LowCardinality(String),
    run            String CODEC(ZSTD(1)),
    case_id        String CODEC(ZSTD(1)),

    at             DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    received_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    deleted        UInt8 CODEC(ZSTD(1)),

    user_id        String CODEC(ZSTD(1)),
    product        LowCardinality(String),
    service_name   LowCardinality(String),
    environment    LowCardinality(String),
    value          Nullable(Float64) CODEC(ZSTD(1)),
    label          LowCardinality(String),
    passed         Nullable(Bool) CODEC(ZSTD(1)),
    annotator      LowCardinality(String),
    annotator_id   String CODEC(ZSTD(1)),
    severity       LowCardinality(String),
    reason         LowCardinality(String),
    model          LowCardinality(String),
    prompt_version LowCardinality(String),
    variant        LowCardinality(String),
    attributes     Map(LowCardinality(String), String) CODEC(ZSTD(1)),

    INDEX by_trace lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_at at TYPE minmax GRANULARITY 1,
    INDEX by_received received_at TYPE minmax GRANULARITY 1
)
ENGINE = {{.Engine "ReplacingMergeTree(received_at, deleted)"}}
PARTITION BY toYYYYMM(at)
PRIMARY KEY (kind, name, trace_id)
ORDER BY (kind, name, trace_id, id)
{{.TTL "toDateTime(at)"}}
SETTINGS {{.DedupWindow}}
