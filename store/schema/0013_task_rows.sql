-- One row per task: all its spans together, its outcome and its cost. Recomputed as a whole when
-- late spans or labels arrive. The row is a function of
-- spans and signals alone: a task is closed once closes_at has passed, and where its outcome is still
-- unknown and it never ended, abandoned once abandons_at has. cost_usd is the known part; unpriced says how many calls it leaves out.
-- weight is how many tasks it stands for where traces are sampled.
-- shard by: none
CREATE TABLE IF NOT EXISTS {{table "task_rows"}} {{.OnCluster}}
(
    product        LowCardinality(String),
    task_id        String CODEC(ZSTD(1)),
    computed_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1)),

    task_type      LowCardinality(String),
    rule           LowCardinality(String),
    service_name   LowCardinality(String),
    environment    LowCardinality(String),
    started_at     DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    ended_at       DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    ended          Bool CODEC(ZSTD(1)),
    closes_at      DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    abandons_at    DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    outcome        LowCardinality(String),
    outcome_source LowCardinality(String),
    session_id     String CODEC(ZSTD(1)),
    user_id        String CODEC(ZSTD(1)),
    tenant         LowCardinality(String),
    agent_name     LowCardinality(String),
    model          LowCardinality(String),
    prompt_version LowCardinality(String),
    variant        LowCardinality(String),
    language       LowCardinality(String),
    trace_id       FixedString(16) CODEC(ZSTD(1)),

    spans          UInt64 CODEC(T64, ZSTD(1)),
    calls          UInt64 CODEC(T64, ZSTD(1)),
    unpriced       UInt64 CODEC(T64, ZSTD(1)),
    partial        UInt64 CODEC(T64, ZSTD(1)),
    tool_calls     UInt64 CODEC(T64, ZSTD(1)),
    retrievals     UInt64 CODEC(T64, ZSTD(1)),
    errors         UInt64 CODEC(T64, ZSTD(1)),
    input_tokens   Nullable(Int64) CODEC(T64, ZSTD(1)),
    output_tokens  Nullable(Int64) CODEC(T64, ZSTD(1)),
    cost_usd       Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    -- Not part of cost_usd: what judges and shadow traffic cost.
    judge_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    shadow_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    -- Part of cost_usd (cost/rollup decides): attempts that a later one repeated, and calls that read again
    -- what a tool had already told; the two do not overlap.
    retry_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    loop_cost_usd  Decimal(38, 12) CODEC(ZSTD(1)),
    -- What the prompt cache saved less what writing to it cost, over the cache_known calls that told of
    -- it: NULL where none did.
    cache_saved_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    cache_known    UInt64 CODEC(T64, ZSTD(1)),
    -- Logical calls that a model answered other than the one first asked for, and what that saved, over
    -- the fallback_known of them for which it is known: NULL where it is of none.
    logical_calls  UInt64 CODEC(T64, ZSTD(1)),
    fallback_calls UInt64 CODEC(T64, ZSTD(1)),
    fallback_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    fallback_saved_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    fallback_known UInt64 CODEC(T64, ZSTD(1)),
    quality        Nullable(Float64) CODEC(ZSTD(1)),
    weight         Float64 DEFAULT 1 CODEC(ZSTD(1)),
    escalated      Bool CODEC(ZSTD(1)),
    overridden     Bool CODEC(ZSTD(1)),
    violated       Bool CODEC(ZSTD(1)),
    slices         Array(LowCardinality(String)),
    attributes     Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    code_version   LowCardinality(String),
    config_version LowCardinality(String),
    deleted        UInt8 CODEC(ZSTD(1)),

    INDEX by_started started_at TYPE minmax GRANULARITY 1
)
ENGINE = {{.Engine "ReplacingMergeTree(computed_at, deleted)"}}
PARTITION BY toYYYYMM(started_at)
ORDER BY (product, task_id)
{{.TTL "toDateTime(started_at)"}}
SETTINGS {{.DedupWindow}}
