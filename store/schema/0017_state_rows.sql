-- Small state of the evaluation loop by key: its cursor, the detector's running state.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "state_rows"}} {{.OnCluster}}
(
    key        String,
    updated_at DateTime64(6, 'UTC') DEFAULT now64(6),
    body       String CODEC(ZSTD(3))
)
ENGINE = {{.Engine "ReplacingMergeTree(updated_at)"}}
ORDER BY key
SETTINGS {{.DedupWindow}}
