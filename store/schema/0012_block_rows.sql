-- Sufficient statistics of one drift series over one block of time: a histogram on the universal grid or
-- category counts, and moments. ClickHouse computes them, Go judges. Recomputed as a whole. Minutes
-- (seconds = 60) while their hour is fresh, so that a slot reads only what is new; hours to be judged.
-- Read by time: all series of some hours. source is where the rows come from: spans, tasks, said.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "block_rows"}} {{.OnCluster}}
(
    source      LowCardinality(String),
    product     LowCardinality(String),
    series      LowCardinality(String),
    slice       LowCardinality(String),
    start       DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    seconds     UInt32 CODEC(T64, ZSTD(1)),
    grid        LowCardinality(String),
    computed_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1)),

    n           UInt64 CODEC(T64, ZSTD(1)),
    nulls       UInt64 CODEC(T64, ZSTD(1)),
    bad         UInt64 CODEC(T64, ZSTD(1)),
    sum         Float64 CODEC(ZSTD(1)),
    sum2        Float64 CODEC(ZSTD(1)),
    min         Float64 CODEC(ZSTD(1)),
    max         Float64 CODEC(ZSTD(1)),
    codes       Array(Int32) CODEC(ZSTD(1)),
    counts      Array(UInt64) CODEC(ZSTD(1)),
    categories  Map(String, UInt64) CODEC(ZSTD(1)),
    vector      Array(Float64) CODEC(ZSTD(1))
)
ENGINE = {{.Engine "ReplacingMergeTree(computed_at)"}}
PARTITION BY toYYYYMM(start)
PRIMARY KEY (seconds, start)
ORDER BY (seconds, start, source, product, series, slice)
{{.TTL "start"}}, start + INTERVAL 3 DAY DELETE WHERE seconds = 60
SETTINGS {{.DedupWindow}}
