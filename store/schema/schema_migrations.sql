-- The ledger: which migration was applied, by which binary, from which text.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "schema_migrations"}} {{.OnCluster}}
(
    version    UInt32,
    name       String,
    checksum   String,
    binary     String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = {{.Engine "ReplacingMergeTree(applied_at)"}}
ORDER BY (version, name)
