-- Claims of leases: who may evaluate, who may migrate. Made before the ledger, since it guards it.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "lease_rows"}} {{.OnCluster}}
(
    name       String,
    holder     String,
    since      DateTime64(6, 'UTC'),
    renewed_at DateTime64(6, 'UTC') DEFAULT now64(6),
    expires_at DateTime64(6, 'UTC')
)
ENGINE = {{.Engine "ReplacingMergeTree(renewed_at)"}}
ORDER BY (name, holder)
TTL toDateTime(expires_at) + INTERVAL 1 DAY
