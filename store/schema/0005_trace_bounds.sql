-- When each trace began and was last seen, by day of the insert's last span. A trace over midnight has
-- two rows: read it with GROUP BY trace_id. min and max do not care about repeated rows.
-- shard by: cityHash64(trace_id)
CREATE TABLE IF NOT EXISTS {{table "trace_bounds"}} {{.OnCluster}}
(
    trace_id FixedString(16) CODEC(ZSTD(1)),
    day      Date,
    first    SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
    last     SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = {{.Engine "AggregatingMergeTree"}}
PARTITION BY day
ORDER BY trace_id
{{.TTL "day"}}
SETTINGS ttl_only_drop_parts = 1, {{.DedupWindow}}
