-- Baselines: pinned, named, versioned references. Never changed: a new pin is a new version.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "baseline_rows"}} {{.OnCluster}}
(
    product      LowCardinality(String),
    series       LowCardinality(String),
    name         LowCardinality(String),
    version      UInt32,
    created_at   DateTime64(3, 'UTC') DEFAULT now64(3),
    from_time    DateTime64(3, 'UTC'),
    to_time      DateTime64(3, 'UTC'),
    n            UInt64,
    code_version LowCardinality(String),
    body         String CODEC(ZSTD(3))
)
ENGINE = {{.Engine "ReplacingMergeTree(created_at)"}}
ORDER BY (product, series, name, version)
SETTINGS {{.DedupWindow}}
