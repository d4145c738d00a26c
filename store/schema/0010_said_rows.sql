-- Signals with what they speak of: the product, task and slices of their target, and the minute in which
-- they count, which is that of the target and not their own. Written by the evaluation loop from
-- signal_rows; an id is that of the signal (model.Signal.ID), so that a signal whose target arrives later moves there.
-- Read with FINAL and without do_not_merge_across_partitions_select_final: the minute may move.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "said_rows"}} {{.OnCluster}}
(
    id             FixedString(16),
    computed_at    DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    deleted        UInt8 CODEC(ZSTD(1)),
    product        LowCardinality(String),
    minute         DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    at             DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    kind           LowCardinality(String),
    name           LowCardinality(String),
    label          LowCardinality(String),
    passed         Nullable(Bool) CODEC(ZSTD(1)),
    value          Nullable(Float64) CODEC(ZSTD(1)),
    severity       LowCardinality(String),
    annotator      LowCardinality(String),
    suite          LowCardinality(String),
    run            String CODEC(ZSTD(1)),
    matched        Bool CODEC(ZSTD(1)),
    trace_id       FixedString(16) CODEC(ZSTD(1)),
    task_id        String CODEC(ZSTD(1)),
    target         String CODEC(ZSTD(1)),
    slices         Array(LowCardinality(String)),
    model          LowCardinality(String),
    prompt_version LowCardinality(String),
    variant        LowCardinality(String),
    predicted      LowCardinality(String),
    probability    Nullable(Float64) CODEC(ZSTD(1)),
    truth          Nullable(Float64) CODEC(ZSTD(1)),
    judge          LowCardinality(String),
    anchor         String CODEC(ZSTD(1)),
    expected       LowCardinality(String),

    INDEX by_minute minute TYPE minmax GRANULARITY 1
)
ENGINE = {{.Engine "ReplacingMergeTree(computed_at, deleted)"}}
PARTITION BY toYYYYMM(at)
ORDER BY id
{{.TTL "toDateTime(at)"}}
SETTINGS {{.DedupWindow}}
