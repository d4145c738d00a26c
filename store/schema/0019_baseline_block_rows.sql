-- The blocks of baselines, in the form of block_rows, under the hash of them all: a pin that was cut short leaves
-- nothing that a later one could be mixed with. A baseline without times is one block of no length a series.
-- They are kept for ever: a pinned reference outlives the rows that it was made of.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "baseline_block_rows"}} {{.OnCluster}}
(
    sha256      LowCardinality(String),
    series      LowCardinality(String),
    slice       LowCardinality(String),
    start       DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    seconds     UInt32 CODEC(T64, ZSTD(1)),
    grid        LowCardinality(String),

    n           UInt64 CODEC(T64, ZSTD(1)),
    nulls       UInt64 CODEC(T64, ZSTD(1)),
    bad         UInt64 CODEC(T64, ZSTD(1)),
    sum         Float64 CODEC(ZSTD(1)),
    sum2        Float64 CODEC(ZSTD(1)),
    min         Float64 CODEC(ZSTD(1)),
    max         Float64 CODEC(ZSTD(1)),
    codes       Array(Int32) CODEC(ZSTD(1)),
    counts      Array(UInt64) CODEC(ZSTD(1)),
    categories  Map(String, UInt64) CODEC(ZSTD(1))
)
ENGINE = {{.Engine "ReplacingMergeTree"}}
ORDER BY (sha256, series, slice, start)
SETTINGS {{.DedupWindow}}
