-- Points of the metrics in which SDKs count what their calls used, as they were sent: a source of its
-- own, never added to spans. A point that is sent again replaces itself; what is new in each point of a
-- cumulative series is worked out where it is read, so that it does not depend on the order of arrival.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "metric_point_rows"}} {{.OnCluster}}
(
    service_name  LowCardinality(String),
    metric        LowCardinality(String),
    stream        UInt64 CODEC(ZSTD(1)),
    start_time    DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    at            DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    received_at   DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),

    environment   LowCardinality(String),
    product       LowCardinality(String),
    scope_name    LowCardinality(String),
    dialect       LowCardinality(String),
    counts        LowCardinality(String),
    provider      LowCardinality(String),
    model         LowCardinality(String),
    operation     LowCardinality(String),
    token_type    LowCardinality(String),
    total         LowCardinality(String),
    error_type    LowCardinality(String),
    cumulative    Bool CODEC(ZSTD(1)),
    value         Float64 CODEC(ZSTD(1)),
    count         Nullable(UInt64) CODEC(ZSTD(1)),
    usd_per_token Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    price_row     LowCardinality(String),
    price_reason  LowCardinality(String)
)
ENGINE = {{.Engine "ReplacingMergeTree(received_at)"}}
PARTITION BY toYYYYMM(at)
ORDER BY (service_name, metric, stream, start_time, at)
{{.TTL "toDateTime(at)"}}
SETTINGS {{.DedupWindow}}
