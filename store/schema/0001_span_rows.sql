-- One row per span, whatever its dialect. Keyed by facts of the OTLP span only, so that a better
-- normaliser, a new price or a retried delivery replaces the row instead of standing beside it.
-- Serves: recompute of minutes and of slices (service, minute), traces by id (bloom filter).
-- The primary key is shorter than the sorting key, and start_time itself is in neither: ClickHouse
-- would bind a condition on start_time to it and no longer derive one for the minute (docs/adr).
-- Columns are never stored sparse: turning them from one form into the other cost merges a tenth of
-- their time, and what is empty compresses to nothing (docs/benchmarks.md).
-- shard by: cityHash64(trace_id)
CREATE TABLE IF NOT EXISTS {{table "span_rows"}} {{.OnCluster}}
(
    service_name        LowCardinality(String),
    start_time          DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    trace_id            FixedString(16) CODEC(ZSTD(1)),
    span_id             FixedString(8) CODEC(ZSTD(1)),
    parent_span_id      FixedString(8) CODEC(ZSTD(1)),
    received_at         DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),

    kind                LowCardinality(String),
    name                LowCardinality(String),
    otel_span_kind      LowCardinality(String),
    duration_ns         Int64 CODEC(T64, ZSTD(1)),
    status              LowCardinality(String),
    error_type          LowCardinality(String),

    dialect             LowCardinality(String),
    dialect_version     LowCardinality(String),
    scope_name          LowCardinality(String),
    scope_version       LowCardinality(String),
    schema_url          LowCardinality(String),
    operation           LowCardinality(String),
    operation_raw       LowCardinality(String),
    is_container        Bool CODEC(ZSTD(1)),

    provider            LowCardinality(String),
    provider_raw        LowCardinality(String),
    request_model       LowCardinality(String),
    response_model      LowCardinality(String),
    response_id         String CODEC(ZSTD(1)),
    tool_call_id        String CODEC(ZSTD(1)),
    finish_reasons      Array(LowCardinality(String)),
    ttft_ns             Nullable(Int64) CODEC(T64, ZSTD(1)),
    temperature         Nullable(Float64) CODEC(ZSTD(1)),
    max_tokens          Nullable(Int64) CODEC(T64, ZSTD(1)),

    -- Usage: inclusive totals and subsets of them. NULL is unknown, which is never zero.
    input_total         Nullable(Int64) CODEC(T64, ZSTD(1)),
    output_total        Nullable(Int64) CODEC(T64, ZSTD(1)),
    cache_read          Nullable(Int64) CODEC(T64, ZSTD(1)),
    cache_write         Nullable(Int64) CODEC(T64, ZSTD(1)),
    reasoning           Nullable(Int64) CODEC(T64, ZSTD(1)),
    cache_semantics     LowCardinality(String),
    cache_semantics_rule LowCardinality(String),
    usage_source        LowCardinality(String),

    -- Cost, exact, in USD. NULL where the row is unpriced or was never priced.
    cost_usd            Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    cost_input_usd      Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    cost_output_usd     Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    cost_cache_read_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    cost_cache_write_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    cost_other_usd      Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    cost_status         LowCardinality(String),
    cost_reason         LowCardinality(String),
    cost_matched_model  LowCardinality(String),
    cost_price_row      LowCardinality(String),
    cost_table_sha256   LowCardinality(String),
    cost_counted        Bool CODEC(ZSTD(1)),
    weight              Float64 CODEC(ZSTD(1)),
    purpose             LowCardinality(String),

    service_version     LowCardinality(String),
    environment         LowCardinality(String),
    product             LowCardinality(String),
    session_id          String CODEC(ZSTD(1)),
    user_id             String CODEC(ZSTD(1)),
    task_id             String CODEC(ZSTD(1)),
    agent_name          LowCardinality(String),
    agent_id            String CODEC(ZSTD(1)),
    prompt_name         LowCardinality(String),
    prompt_version      LowCardinality(String),
    variant             LowCardinality(String),
    flags               Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    tags                Array(LowCardinality(String)),
    tool_name           LowCardinality(String),
    tool_type           LowCardinality(String),
    tool_args_hash      UInt64 CODEC(ZSTD(1)),
    data_source_id      LowCardinality(String),
    document_ids        Array(String) CODEC(ZSTD(1)),
    document_scores     Array(Nullable(Float64)) CODEC(ZSTD(1)),

    input_chars         Nullable(Int64) CODEC(T64, ZSTD(1)),
    output_chars        Nullable(Int64) CODEC(T64, ZSTD(1)),
    language            LowCardinality(String),
    input_hash          UInt64 CODEC(ZSTD(1)),
    output_hash         UInt64 CODEC(ZSTD(1)),

    -- Predictive rows.
    prediction_id       String CODEC(ZSTD(1)),
    model_name          LowCardinality(String),
    model_version       LowCardinality(String),
    feature_numbers     Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
    feature_categories  Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    prediction_score    Nullable(Float64) CODEC(ZSTD(1)),
    prediction_label    LowCardinality(String),

    attributes          Map(LowCardinality(String), String) CODEC(ZSTD(1)),

    -- What few rows have, by name. A column costs the engine something in every part and every merge, also
    -- where it is empty (docs/adr/0016-rare-facts-in-maps.md). Each is read by its name, below.
    rare_texts          Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    rare_numbers        Map(LowCardinality(String), Int64) CODEC(ZSTD(1)),

    priced_model        LowCardinality(String) ALIAS rare_texts['priced_model'],
    base_url            LowCardinality(String) ALIAS rare_texts['base_url'],
    region              LowCardinality(String) ALIAS rare_texts['region'],
    api_flavor          LowCardinality(String) ALIAS rare_texts['api_flavor'],
    service_tier        LowCardinality(String) ALIAS rare_texts['service_tier'],
    system_fingerprint  LowCardinality(String) ALIAS rare_texts['system_fingerprint'],
    request_id          String ALIAS rare_texts['request_id'],
    provider_call_id    String ALIAS rare_texts['provider_call_id'],
    retry_of            String ALIAS rare_texts['retry_of'],
    reasoning_effort    LowCardinality(String) ALIAS rare_texts['reasoning_effort'],
    user_agent_model    LowCardinality(String) ALIAS rare_texts['user_agent_model'],
    usage_missing_reason LowCardinality(String) ALIAS rare_texts['usage_missing_reason'],
    usage_inconsistent  LowCardinality(String) ALIAS rare_texts['usage_inconsistent'],
    cost_suppressed_by  String ALIAS rare_texts['cost_suppressed_by'],
    cost_suppressed_rule LowCardinality(String) ALIAS rare_texts['cost_suppressed_rule'],
    reported_cost_source LowCardinality(String) ALIAS rare_texts['reported_cost_source'],
    tenant              LowCardinality(String) ALIAS rare_texts['tenant'],
    team                LowCardinality(String) ALIAS rare_texts['team'],
    task_type           LowCardinality(String) ALIAS rare_texts['task_type'],
    task_outcome        LowCardinality(String) ALIAS rare_texts['task_outcome'],
    workflow_name       LowCardinality(String) ALIAS rare_texts['workflow_name'],
    experiment_id       LowCardinality(String) ALIAS rare_texts['experiment_id'],
    mcp_method          LowCardinality(String) ALIAS rare_texts['mcp_method'],
    guardrail_name      LowCardinality(String) ALIAS rare_texts['guardrail_name'],
    guardrail_verdict   LowCardinality(String) ALIAS rare_texts['guardrail_verdict'],
    http_status         Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'http_status'), rare_numbers['http_status'], NULL),
    attempt             Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'attempt'), rare_numbers['attempt'], NULL),
    total_reported      Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'total_reported'), rare_numbers['total_reported'], NULL),
    cache_write_5m      Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'cache_write_5m'), rare_numbers['cache_write_5m'], NULL),
    cache_write_1h      Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'cache_write_1h'), rare_numbers['cache_write_1h'], NULL),
    input_text          Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'input_text'), rare_numbers['input_text'], NULL),
    input_audio         Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'input_audio'), rare_numbers['input_audio'], NULL),
    input_image         Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'input_image'), rare_numbers['input_image'], NULL),
    input_video         Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'input_video'), rare_numbers['input_video'], NULL),
    input_document      Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'input_document'), rare_numbers['input_document'], NULL),
    input_tool_use      Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'input_tool_use'), rare_numbers['input_tool_use'], NULL),
    cache_read_text     Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'cache_read_text'), rare_numbers['cache_read_text'], NULL),
    cache_read_audio    Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'cache_read_audio'), rare_numbers['cache_read_audio'], NULL),
    cache_read_image    Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'cache_read_image'), rare_numbers['cache_read_image'], NULL),
    cache_read_video    Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'cache_read_video'), rare_numbers['cache_read_video'], NULL),
    output_text         Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'output_text'), rare_numbers['output_text'], NULL),
    output_audio        Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'output_audio'), rare_numbers['output_audio'], NULL),
    output_image        Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'output_image'), rare_numbers['output_image'], NULL),
    output_video        Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'output_video'), rare_numbers['output_video'], NULL),
    prediction_accepted Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'prediction_accepted'), rare_numbers['prediction_accepted'], NULL),
    prediction_rejected Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'prediction_rejected'), rare_numbers['prediction_rejected'], NULL),
    web_searches        Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'web_searches'), rare_numbers['web_searches'], NULL),
    audio_seconds       Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'audio_seconds'), rare_numbers['audio_seconds'], NULL),
    images              Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'images'), rare_numbers['images'], NULL),
    top_k               Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'top_k'), rare_numbers['top_k'], NULL),
    dimensions          Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'dimensions'), rare_numbers['dimensions'], NULL),
    is_aggregate        Bool ALIAS rare_numbers['is_aggregate'] = 1,
    batch               Bool ALIAS rare_numbers['batch'] = 1,
    streaming           Nullable(Bool) ALIAS if(mapContains(rare_numbers, 'streaming'), rare_numbers['streaming'] = 1, NULL),
    reported_cost_usd   Nullable(Decimal(38, 12)) ALIAS if(mapContains(rare_numbers, 'reported_cost_pico_usd'), toDecimal128(rare_numbers['reported_cost_pico_usd'], 0) * toDecimal128('0.000000000001', 12), NULL),
    -- what the prompt cache saved, less what writing to it cost; what the model asked for would have cost where another answered
    cache_saved_usd     Nullable(Decimal(38, 12)) ALIAS if(mapContains(rare_numbers, 'cache_saved_pico_usd'), toDecimal128(rare_numbers['cache_saved_pico_usd'], 0) * toDecimal128('0.000000000001', 12), NULL),
    requested_model_usd Nullable(Decimal(38, 12)) ALIAS if(mapContains(rare_numbers, 'requested_model_pico_usd'), toDecimal128(rare_numbers['requested_model_pico_usd'], 0) * toDecimal128('0.000000000001', 12), NULL),
    link_trace_ids      Array(FixedString(16)) ALIAS arrayMap(i -> toFixedString(substring(rare_texts['links'], i, 16), 16), range(1, length(rare_texts['links']), 24)),
    link_span_ids       Array(FixedString(8)) ALIAS arrayMap(i -> toFixedString(substring(rare_texts['links'], i + 16, 8), 8), range(1, length(rare_texts['links']), 24)),

    INDEX by_trace lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_prediction prediction_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_received received_at TYPE minmax GRANULARITY 1
)
ENGINE = {{.Engine "ReplacingMergeTree(received_at)"}}
PARTITION BY toDate(start_time)
PRIMARY KEY (service_name, toStartOfMinute(start_time))
ORDER BY (service_name, toStartOfMinute(start_time), trace_id, span_id)
{{.TTL "toDateTime(start_time)"}}
SETTINGS ttl_only_drop_parts = 1, ratio_of_defaults_for_sparse_serialization = 1, {{.DedupWindow}}
