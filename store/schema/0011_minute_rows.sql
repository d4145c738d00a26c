-- Roll-ups of closed minutes by product and dimensions: sums and counts that add up. Always recomputed
-- as a whole from span_rows FINAL and inserted anew, never added to; the newest computed_at wins.
-- cache_known counts the calls that told of the prompt cache: of the others it is unknown, not zero.
-- A dimension combination that a recompute no longer finds is inserted with zero counts.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "minute_rows"}} {{.OnCluster}}
(
    minute         DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    product        LowCardinality(String),
    service_name   LowCardinality(String),
    environment    LowCardinality(String),
    kind           LowCardinality(String),
    operation      LowCardinality(String),
    provider       LowCardinality(String),
    model          LowCardinality(String),
    prompt_version LowCardinality(String),
    variant        LowCardinality(String),
    language       LowCardinality(String),
    purpose        LowCardinality(String),
    prompt_name    LowCardinality(String),
    request_model  LowCardinality(String),
    tier           LowCardinality(String),
    price_row      LowCardinality(String),
    computed_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1)),

    spans          UInt64 CODEC(T64, ZSTD(1)),
    errors         UInt64 CODEC(T64, ZSTD(1)),
    calls          UInt64 CODEC(T64, ZSTD(1)),
    priced         UInt64 CODEC(T64, ZSTD(1)),
    unpriced       UInt64 CODEC(T64, ZSTD(1)),
    partial        UInt64 CODEC(T64, ZSTD(1)),
    suppressed     UInt64 CODEC(T64, ZSTD(1)),
    usage_unknown  UInt64 CODEC(T64, ZSTD(1)),
    input_tokens   Int64 CODEC(T64, ZSTD(1)),
    output_tokens  Int64 CODEC(T64, ZSTD(1)),
    cache_read_tokens Int64 CODEC(T64, ZSTD(1)),
    cache_write_tokens Int64 CODEC(T64, ZSTD(1)),
    cache_known    UInt64 CODEC(T64, ZSTD(1)),
    cache_known_input_tokens Int64 CODEC(T64, ZSTD(1)),
    cost_usd       Decimal(38, 12) CODEC(ZSTD(1)),
    input_usd      Decimal(38, 12) CODEC(ZSTD(1)),
    output_usd     Decimal(38, 12) CODEC(ZSTD(1)),
    cache_read_usd Decimal(38, 12) CODEC(ZSTD(1)),
    cache_write_usd Decimal(38, 12) CODEC(ZSTD(1)),
    duration_ns    Int64 CODEC(T64, ZSTD(1)),
    ttft_ns        Int64 CODEC(T64, ZSTD(1)),
    ttft_known     UInt64 CODEC(T64, ZSTD(1)),

    -- The same for all traffic, sampled calls weighted up (Horvitz-Thompson); equal to what was seen
    -- where sampled is 0. The variances add up over calls and so over any dimensions.
    sampled        UInt64 CODEC(T64, ZSTD(1)),
    weighted_calls Float64 CODEC(ZSTD(1)),
    weighted_tokens Float64 CODEC(ZSTD(1)),
    weighted_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    variance_usd2  Float64 CODEC(ZSTD(1)),
    variance_tokens2 Float64 CODEC(ZSTD(1))
)
ENGINE = {{.Engine "ReplacingMergeTree(computed_at)"}}
PARTITION BY toYYYYMM(minute)
ORDER BY (product, minute, service_name, environment, kind, operation, provider, model, prompt_version, variant, language, purpose, prompt_name, request_model, tier, price_row)
{{.TTL "minute"}}
SETTINGS {{.DedupWindow}}
