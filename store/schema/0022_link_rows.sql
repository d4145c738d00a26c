-- Which traces are linked because one goes on with the work of the other, in both directions: a span without a parent,
-- or a consumer's, all of whose links lead to one other trace (quality/place). Repeated rows do not matter.
-- shard by: cityHash64(trace_id)
CREATE TABLE IF NOT EXISTS {{table "link_rows"}} {{.OnCluster}}
(
    trace_id FixedString(16) CODEC(ZSTD(1)),
    other    FixedString(16) CODEC(ZSTD(1)),
    day      SimpleAggregateFunction(max, Date)
)
ENGINE = {{.Engine "AggregatingMergeTree"}}
ORDER BY (trace_id, other)
{{.TTL "day"}}
SETTINGS {{.DedupWindow}}
