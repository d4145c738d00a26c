-- Baselines: pinned, named, versioned references, and what became of them. Never changed: a new pin is a new
-- version, and to retire one is a row of its own. The blocks lie in baseline_block_rows.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "baseline_rows"}} {{.OnCluster}}
(
    name           LowCardinality(String),
    version        UInt32,
    event          LowCardinality(String),
    at             DateTime64(3, 'UTC') DEFAULT now64(3),
    by             String,
    note           String,
    product        LowCardinality(String),
    source         LowCardinality(String),
    origin         String,
    from_time      DateTime64(3, 'UTC'),
    to_time        DateTime64(3, 'UTC'),
    series         UInt32,
    n              UInt64,
    sha256         String,
    code_version   LowCardinality(String),
    config_version LowCardinality(String)
)
ENGINE = {{.Engine "ReplacingMergeTree"}}
ORDER BY (name, version, event, at)
SETTINGS {{.DedupWindow}}
