-- Roll-ups of closed minutes by one dimension at a time, for the dimensions that minute_rows does not
-- have because they would multiply its rows: team, tenant, and the tool whose result a call followed.
-- Every counted call is in one row of each dimension ('' where it has no value), so that the sums over
-- each are those of minute_rows. Recomputed with it, by the same rules.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "attribution_rows"}} {{.OnCluster}}
(
    minute         DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    product        LowCardinality(String),
    dimension      LowCardinality(String),
    value          String CODEC(ZSTD(1)),
    computed_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1)),
    calls          UInt64 CODEC(T64, ZSTD(1)),
    unpriced       UInt64 CODEC(T64, ZSTD(1)),
    cost_usd       Decimal(38, 12) CODEC(ZSTD(1)),
    -- Sampled calls stand for others: how many, all traffic's calls and cost, and what sampling leaves
    -- of the cost's variance, as in minute_rows.
    sampled        UInt64 CODEC(T64, ZSTD(1)),
    weighted_calls Float64 CODEC(ZSTD(1)),
    weighted_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    variance_usd2  Float64 CODEC(ZSTD(1))
)
ENGINE = {{.Engine "ReplacingMergeTree(computed_at)"}}
PARTITION BY toYYYYMM(minute)
ORDER BY (product, dimension, minute, value)
{{.TTL "minute"}}
SETTINGS {{.DedupWindow}}
