-- Incidents: opened, updated, closed. The newest row of an id is its state; kept for good.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "incident_rows"}} {{.OnCluster}}
(
    id         String,
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3),
    product    LowCardinality(String),
    kind       LowCardinality(String),
    series     LowCardinality(String),
    severity   LowCardinality(String),
    opened_at  DateTime64(3, 'UTC'),
    closed_at  Nullable(DateTime64(3, 'UTC')),
    body       String CODEC(ZSTD(3))
)
ENGINE = {{.Engine "ReplacingMergeTree(updated_at)"}}
PARTITION BY toYear(opened_at)
ORDER BY id
SETTINGS {{.DedupWindow}}
