-- What re-pricing changed: the amount of a call before and after, with the rows and tables of both.
-- The same change written twice is one row.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "cost_change_rows"}} {{.OnCluster}}
(
    service_name     LowCardinality(String),
    start_time       DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    trace_id         FixedString(16) CODEC(ZSTD(1)),
    span_id          FixedString(8) CODEC(ZSTD(1)),
    changed_at       DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    run              String CODEC(ZSTD(1)),

    old_usd          Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    old_status       LowCardinality(String),
    old_reason       LowCardinality(String),
    old_price_row    LowCardinality(String),
    old_table_sha256 LowCardinality(String),
    new_usd          Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    new_input_usd    Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    new_output_usd   Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    new_cache_read_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    new_cache_write_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    new_other_usd    Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    -- as in rare_numbers of span_rows
    new_cache_saved_pico_usd Nullable(Int64) CODEC(ZSTD(1)),
    new_requested_model_pico_usd Nullable(Int64) CODEC(ZSTD(1)),
    new_status       LowCardinality(String),
    new_reason       LowCardinality(String),
    new_matched_model LowCardinality(String),
    new_price_row    LowCardinality(String),
    new_table_sha256 LowCardinality(String),

    INDEX by_start start_time TYPE minmax GRANULARITY 1
)
ENGINE = {{.Engine "ReplacingMergeTree(changed_at)"}}
PARTITION BY toYYYYMM(start_time)
ORDER BY (run, service_name, trace_id, span_id)
{{.TTL "toDateTime(start_time)"}}
SETTINGS {{.DedupWindow}}
