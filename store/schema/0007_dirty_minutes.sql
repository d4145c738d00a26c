-- Minutes with something newer than their last recompute may have seen: new spans, late spans, late
-- labels, new prices, settled decisions. The evaluation loop compares changed_at with its cursor.
-- max does not care about repeated rows.
-- shard by: cityHash64(minute)
CREATE TABLE IF NOT EXISTS {{table "dirty_minutes"}} {{.OnCluster}}
(
    minute     DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    changed_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    -- the part of it that is about spans: signals touch other roll-ups, and many more minutes
    rows_at    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = {{.Engine "AggregatingMergeTree"}}
PARTITION BY toYYYYMM(minute)
ORDER BY minute
{{.TTL "minute"}}
SETTINGS {{.DedupWindow}}
