-- The audit: every number the evaluation loop published, with its sample size, interval, and the code
-- and configuration that produced it.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "result_rows"}} {{.OnCluster}}
(
    product        LowCardinality(String),
    kind           LowCardinality(String),
    name           LowCardinality(String),
    slice          LowCardinality(String),
    slot           DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    computed_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1)),

    layer          LowCardinality(String),
    tier           LowCardinality(String),
    unit           LowCardinality(String),
    value          Nullable(Float64) CODEC(ZSTD(1)),
    lower          Nullable(Float64) CODEC(ZSTD(1)),
    upper          Nullable(Float64) CODEC(ZSTD(1)),
    n              UInt64 CODEC(T64, ZSTD(1)),
    window_seconds UInt32 CODEC(T64, ZSTD(1)),
    objective      Nullable(Float64) CODEC(ZSTD(1)),
    baseline       LowCardinality(String),
    baseline_value Nullable(Float64) CODEC(ZSTD(1)),
    state          LowCardinality(String),
    reason         String CODEC(ZSTD(1)),
    details        String CODEC(ZSTD(1)),
    code_version   LowCardinality(String),
    config_version LowCardinality(String)
)
ENGINE = {{.Engine "ReplacingMergeTree(computed_at)"}}
PARTITION BY toYYYYMM(slot)
ORDER BY (product, kind, name, slice, slot)
{{.TTL "slot"}}
SETTINGS {{.DedupWindow}}
