-- database
CREATE DATABASE IF NOT EXISTS `windage`;

-- lease_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`lease_rows`
(
    name       String,
    holder     String,
    since      DateTime64(6, 'UTC'),
    renewed_at DateTime64(6, 'UTC') DEFAULT now64(6),
    expires_at DateTime64(6, 'UTC')
)
ENGINE = ReplacingMergeTree(renewed_at)
ORDER BY (name, holder)
TTL toDateTime(expires_at) + INTERVAL 1 DAY;

-- schema_migrations.sql
CREATE TABLE IF NOT EXISTS `windage`.`schema_migrations`
(
    version    UInt32,
    name       String,
    checksum   String,
    binary     String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(applied_at)
ORDER BY (version, name);

-- 0001_span_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`span_rows`
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
    input_total         Nullable(Int64) CODEC(T64, ZSTD(1)),
    output_total        Nullable(Int64) CODEC(T64, ZSTD(1)),
    cache_read          Nullable(Int64) CODEC(T64, ZSTD(1)),
    cache_write         Nullable(Int64) CODEC(T64, ZSTD(1)),
    reasoning           Nullable(Int64) CODEC(T64, ZSTD(1)),
    cache_semantics     LowCardinality(String),
    cache_semantics_rule LowCardinality(String),
    usage_source        LowCardinality(String),
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
    prediction_id       String CODEC(ZSTD(1)),
    model_name          LowCardinality(String),
    model_version       LowCardinality(String),
    feature_numbers     Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
    feature_categories  Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    prediction_score    Nullable(Float64) CODEC(ZSTD(1)),
    prediction_label    LowCardinality(String),
    attributes          Map(LowCardinality(String), String) CODEC(ZSTD(1)),
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
    dropped_attributes_count Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'dropped_attributes_count'), rare_numbers['dropped_attributes_count'], NULL),
    is_aggregate        Bool ALIAS rare_numbers['is_aggregate'] = 1,
    batch               Bool ALIAS rare_numbers['batch'] = 1,
    streaming           Nullable(Bool) ALIAS if(mapContains(rare_numbers, 'streaming'), rare_numbers['streaming'] = 1, NULL),
    prediction_classes  Nullable(Int64) ALIAS if(mapContains(rare_numbers, 'prediction_classes'), rare_numbers['prediction_classes'], NULL),
    reported_cost_usd   Nullable(Decimal(38, 12)) ALIAS if(mapContains(rare_numbers, 'reported_cost_pico_usd'), toDecimal128(rare_numbers['reported_cost_pico_usd'], 0) * toDecimal128('0.000000000001', 12), NULL),
    cache_saved_usd     Nullable(Decimal(38, 12)) ALIAS if(mapContains(rare_numbers, 'cache_saved_pico_usd'), toDecimal128(rare_numbers['cache_saved_pico_usd'], 0) * toDecimal128('0.000000000001', 12), NULL),
    requested_model_usd Nullable(Decimal(38, 12)) ALIAS if(mapContains(rare_numbers, 'requested_model_pico_usd'), toDecimal128(rare_numbers['requested_model_pico_usd'], 0) * toDecimal128('0.000000000001', 12), NULL),
    link_trace_ids      Array(FixedString(16)) ALIAS arrayMap(i -> toFixedString(substring(rare_texts['links'], i, 16), 16), range(1, length(rare_texts['links']), 24)),
    link_span_ids       Array(FixedString(8)) ALIAS arrayMap(i -> toFixedString(substring(rare_texts['links'], i + 16, 8), 8), range(1, length(rare_texts['links']), 24)),
    INDEX by_trace lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_prediction prediction_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_received received_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toDate(start_time)
PRIMARY KEY (service_name, toStartOfMinute(start_time))
ORDER BY (service_name, toStartOfMinute(start_time), trace_id, span_id)
TTL toDateTime(start_time) + INTERVAL 90 DAY DELETE
SETTINGS ttl_only_drop_parts = 1, ratio_of_defaults_for_sparse_serialization = 1, non_replicated_deduplication_window = 10000;

-- 0002_content_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`content_rows`
(
    service_name LowCardinality(String),
    start_time   DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    trace_id     FixedString(16) CODEC(ZSTD(1)),
    span_id      FixedString(8) CODEC(ZSTD(1)),
    received_at  DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    system       String CODEC(ZSTD(3)),
    input        String CODEC(ZSTD(3)),
    output       String CODEC(ZSTD(3)),
    tools        String CODEC(ZSTD(3)),
    INDEX by_trace lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toDate(start_time)
PRIMARY KEY (service_name, toStartOfMinute(start_time))
ORDER BY (service_name, toStartOfMinute(start_time), trace_id, span_id)
TTL toDateTime(start_time) + INTERVAL 14 DAY DELETE
SETTINGS ttl_only_drop_parts = 1, ratio_of_defaults_for_sparse_serialization = 1, non_replicated_deduplication_window = 10000;

-- 0003_signal_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`signal_rows`
(
    kind           LowCardinality(String),
    name           LowCardinality(String),
    trace_id       FixedString(16) CODEC(ZSTD(1)),
    id             FixedString(16) CODEC(NONE),
    span_id        FixedString(8) CODEC(ZSTD(1)),
    response_id    String CODEC(ZSTD(1)),
    session_id     String CODEC(ZSTD(1)),
    task_id        String CODEC(ZSTD(1)),
    prediction_id  String CODEC(ZSTD(1)),
    source         LowCardinality(String),
    source_id      String CODEC(ZSTD(1)),
    suite          LowCardinality(String),
    run            String CODEC(ZSTD(1)),
    case_id        String CODEC(ZSTD(1)),
    at             DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    received_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    deleted        UInt8 CODEC(ZSTD(1)),
    user_id        String CODEC(ZSTD(1)),
    product        LowCardinality(String),
    service_name   LowCardinality(String),
    environment    LowCardinality(String),
    value          Nullable(Float64) CODEC(ZSTD(1)),
    label          LowCardinality(String),
    passed         Nullable(Bool) CODEC(ZSTD(1)),
    annotator      LowCardinality(String),
    annotator_id   String CODEC(ZSTD(1)),
    severity       LowCardinality(String),
    reason         LowCardinality(String),
    model          LowCardinality(String),
    prompt_version LowCardinality(String),
    variant        LowCardinality(String),
    attributes     Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    INDEX by_trace lower(hex(trace_id)) TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_at at TYPE minmax GRANULARITY 1,
    INDEX by_received received_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(received_at, deleted)
PARTITION BY toYYYYMM(at)
PRIMARY KEY (kind, name, trace_id)
ORDER BY (kind, name, trace_id, id)
TTL toDateTime(at) + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- 0004_decision_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`decision_rows`
(
    service_name  LowCardinality(String),
    start_time    DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    trace_id      FixedString(16) CODEC(ZSTD(1)),
    span_id       FixedString(8) CODEC(ZSTD(1)),
    product       LowCardinality(String),
    task_id       String CODEC(ZSTD(1)),
    slices        Array(LowCardinality(String)),
    counted       Bool CODEC(ZSTD(1)),
    suppressed_by String CODEC(ZSTD(1)),
    rule          LowCardinality(String),
    tool          LowCardinality(String),
    weight        Float64 DEFAULT 1 CODEC(ZSTD(1)),
    sample_usd    Float64 CODEC(ZSTD(1)),
    sample_tokens Float64 CODEC(ZSTD(1)),
    version       LowCardinality(String),
    decided_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree(decided_at)
PARTITION BY toDate(start_time)
PRIMARY KEY (service_name, toStartOfMinute(start_time))
ORDER BY (service_name, toStartOfMinute(start_time), trace_id, span_id)
TTL toDateTime(start_time) + INTERVAL 90 DAY DELETE
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000;

-- 0005_trace_bounds.sql
CREATE TABLE IF NOT EXISTS `windage`.`trace_bounds`
(
    trace_id FixedString(16) CODEC(ZSTD(1)),
    day      Date,
    first    SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
    last     SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY day
ORDER BY trace_id
TTL day + INTERVAL 90 DAY DELETE
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000;

-- 0006_trace_bounds_mv.sql
CREATE MATERIALIZED VIEW IF NOT EXISTS `windage`.`trace_bounds_mv`  TO `windage`.`trace_bounds` AS
SELECT trace_id, toDate(max(start_time)) AS day, min(start_time) AS first, max(start_time) AS last
FROM `windage`.`span_rows`
GROUP BY trace_id;

-- 0007_dirty_minutes.sql
CREATE TABLE IF NOT EXISTS `windage`.`dirty_minutes`
(
    minute     DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    changed_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1)),
    rows_at    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY minute
TTL minute + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- 0008_dirty_minutes_spans_mv.sql
CREATE MATERIALIZED VIEW IF NOT EXISTS `windage`.`dirty_minutes_spans_mv`  TO `windage`.`dirty_minutes` AS
SELECT toStartOfMinute(start_time) AS minute, max(received_at) AS changed_at, max(received_at) AS rows_at
FROM `windage`.`span_rows`
GROUP BY minute;

-- 0009_dirty_minutes_signals_mv.sql
CREATE MATERIALIZED VIEW IF NOT EXISTS `windage`.`dirty_minutes_signals_mv`  TO `windage`.`dirty_minutes` AS
SELECT toStartOfMinute(arrayJoin(arrayDistinct([s.at, if(b.trace_id = s.trace_id AND b.first > toDateTime64(0, 9, 'UTC'), b.first, s.at), if(b.trace_id = s.trace_id AND b.last > toDateTime64(0, 9, 'UTC'), b.last, s.at)]))) AS minute,
       max(s.received_at) AS changed_at, toDateTime64(0, 3, 'UTC') AS rows_at
FROM `windage`.`signal_rows` AS s
LEFT JOIN
(
    SELECT trace_id, min(first) AS first, max(last) AS last
    FROM `windage`.`trace_bounds`
    WHERE trace_id IN (SELECT trace_id FROM `windage`.`signal_rows`)
    GROUP BY trace_id
) AS b ON b.trace_id = s.trace_id
GROUP BY minute;

-- 0010_said_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`said_rows`
(
    id             FixedString(16),
    computed_at    DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    deleted        UInt8 CODEC(ZSTD(1)),
    product        LowCardinality(String),
    minute         DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    at             DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    kind           LowCardinality(String),
    name           LowCardinality(String),
    label          LowCardinality(String),
    passed         Nullable(Bool) CODEC(ZSTD(1)),
    value          Nullable(Float64) CODEC(ZSTD(1)),
    severity       LowCardinality(String),
    annotator      LowCardinality(String),
    suite          LowCardinality(String),
    run            String CODEC(ZSTD(1)),
    matched        Bool CODEC(ZSTD(1)),
    trace_id       FixedString(16) CODEC(ZSTD(1)),
    task_id        String CODEC(ZSTD(1)),
    target         String CODEC(ZSTD(1)),
    slices         Array(LowCardinality(String)),
    model          LowCardinality(String),
    prompt_version LowCardinality(String),
    variant        LowCardinality(String),
    predicted      LowCardinality(String),
    probability    Nullable(Float64) CODEC(ZSTD(1)),
    truth          Nullable(Float64) CODEC(ZSTD(1)),
    judge          LowCardinality(String),
    anchor         String CODEC(ZSTD(1)),
    expected       LowCardinality(String),
    INDEX by_minute minute TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(computed_at, deleted)
PARTITION BY toYYYYMM(at)
ORDER BY id
TTL toDateTime(at) + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- 0011_minute_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`minute_rows`
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
    sampled        UInt64 CODEC(T64, ZSTD(1)),
    weighted_calls Float64 CODEC(ZSTD(1)),
    weighted_tokens Float64 CODEC(ZSTD(1)),
    weighted_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    variance_usd2  Float64 CODEC(ZSTD(1)),
    variance_tokens2 Float64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(minute)
ORDER BY (product, minute, service_name, environment, kind, operation, provider, model, prompt_version, variant, language, purpose, prompt_name, request_model, tier, price_row)
TTL minute + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- 0012_block_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`block_rows`
(
    source      LowCardinality(String),
    product     LowCardinality(String),
    series      LowCardinality(String),
    slice       LowCardinality(String),
    start       DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    seconds     UInt32 CODEC(T64, ZSTD(1)),
    grid        LowCardinality(String),
    computed_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1)),
    n           UInt64 CODEC(T64, ZSTD(1)),
    nulls       UInt64 CODEC(T64, ZSTD(1)),
    bad         UInt64 CODEC(T64, ZSTD(1)),
    sum         Float64 CODEC(ZSTD(1)),
    sum2        Float64 CODEC(ZSTD(1)),
    min         Float64 CODEC(ZSTD(1)),
    max         Float64 CODEC(ZSTD(1)),
    codes       Array(Int32) CODEC(ZSTD(1)),
    counts      Array(UInt64) CODEC(ZSTD(1)),
    categories  Map(String, UInt64) CODEC(ZSTD(1)),
    vector      Array(Float64) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(start)
PRIMARY KEY (seconds, start)
ORDER BY (seconds, start, source, product, series, slice)
TTL start + INTERVAL 90 DAY DELETE, start + INTERVAL 3 DAY DELETE WHERE seconds = 60
SETTINGS non_replicated_deduplication_window = 10000;

-- 0013_task_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`task_rows`
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
    judge_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    shadow_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    retry_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    loop_cost_usd  Decimal(38, 12) CODEC(ZSTD(1)),
    cache_saved_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    cache_known    UInt64 CODEC(T64, ZSTD(1)),
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
ENGINE = ReplacingMergeTree(computed_at, deleted)
PARTITION BY toYYYYMM(started_at)
ORDER BY (product, task_id)
TTL toDateTime(started_at) + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- 0014_result_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`result_rows`
(
    product        LowCardinality(String),
    kind           LowCardinality(String),
    name           LowCardinality(String),
    slice          LowCardinality(String),
    slot           DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    computed_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1)),
    layer          LowCardinality(String),
    tier           LowCardinality(String),
    unit           LowCardinality(String),
    value          Nullable(Float64) CODEC(ZSTD(1)),
    lower          Nullable(Float64) CODEC(ZSTD(1)),
    upper          Nullable(Float64) CODEC(ZSTD(1)),
    n              UInt64 CODEC(T64, ZSTD(1)),
    window_seconds UInt32 CODEC(T64, ZSTD(1)),
    objective      Nullable(Float64) CODEC(ZSTD(1)),
    baseline       LowCardinality(String),
    baseline_value Nullable(Float64) CODEC(ZSTD(1)),
    state          LowCardinality(String),
    reason         String CODEC(ZSTD(1)),
    details        String CODEC(ZSTD(1)),
    code_version   LowCardinality(String),
    config_version LowCardinality(String)
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(slot)
ORDER BY (product, kind, name, slice, slot)
TTL slot + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- 0015_incident_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`incident_rows`
(
    id         String,
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3),
    product    LowCardinality(String),
    kind       LowCardinality(String),
    series     LowCardinality(String),
    severity   LowCardinality(String),
    opened_at  DateTime64(3, 'UTC'),
    closed_at  Nullable(DateTime64(3, 'UTC')),
    body       String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(updated_at)
PARTITION BY toYear(opened_at)
ORDER BY id
SETTINGS non_replicated_deduplication_window = 10000;

-- 0016_baseline_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`baseline_rows`
(
    name           LowCardinality(String),
    version        UInt32,
    event          LowCardinality(String),
    at             DateTime64(3, 'UTC') DEFAULT now64(3),
    by             String,
    note           String,
    product        LowCardinality(String),
    source         LowCardinality(String),
    origin         String,
    from_time      DateTime64(3, 'UTC'),
    to_time        DateTime64(3, 'UTC'),
    series         UInt32,
    n              UInt64,
    sha256         String,
    code_version   LowCardinality(String),
    config_version LowCardinality(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (name, version, event, at)
SETTINGS non_replicated_deduplication_window = 10000;

-- 0017_state_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`state_rows`
(
    key        String,
    updated_at DateTime64(6, 'UTC') DEFAULT now64(6),
    body       String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(updated_at)
ORDER BY key
SETTINGS non_replicated_deduplication_window = 10000;

-- 0018_cost_change_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`cost_change_rows`
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
    new_cache_saved_pico_usd Nullable(Int64) CODEC(ZSTD(1)),
    new_requested_model_pico_usd Nullable(Int64) CODEC(ZSTD(1)),
    new_status       LowCardinality(String),
    new_reason       LowCardinality(String),
    new_matched_model LowCardinality(String),
    new_price_row    LowCardinality(String),
    new_table_sha256 LowCardinality(String),
    INDEX by_start start_time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(changed_at)
PARTITION BY toYYYYMM(start_time)
ORDER BY (run, service_name, trace_id, span_id)
TTL toDateTime(start_time) + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- 0019_baseline_block_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`baseline_block_rows`
(
    sha256      LowCardinality(String),
    series      LowCardinality(String),
    slice       LowCardinality(String),
    start       DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    seconds     UInt32 CODEC(T64, ZSTD(1)),
    grid        LowCardinality(String),
    n           UInt64 CODEC(T64, ZSTD(1)),
    nulls       UInt64 CODEC(T64, ZSTD(1)),
    bad         UInt64 CODEC(T64, ZSTD(1)),
    sum         Float64 CODEC(ZSTD(1)),
    sum2        Float64 CODEC(ZSTD(1)),
    min         Float64 CODEC(ZSTD(1)),
    max         Float64 CODEC(ZSTD(1)),
    codes       Array(Int32) CODEC(ZSTD(1)),
    counts      Array(UInt64) CODEC(ZSTD(1)),
    categories  Map(String, UInt64) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (sha256, series, slice, start)
SETTINGS non_replicated_deduplication_window = 10000;

-- 0020_metric_point_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`metric_point_rows`
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
ENGINE = ReplacingMergeTree(received_at)
PARTITION BY toYYYYMM(at)
ORDER BY (service_name, metric, stream, start_time, at)
TTL toDateTime(at) + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- 0021_attribution_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`attribution_rows`
(
    minute         DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
    product        LowCardinality(String),
    dimension      LowCardinality(String),
    value          String CODEC(ZSTD(1)),
    computed_at    DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(ZSTD(1)),
    calls          UInt64 CODEC(T64, ZSTD(1)),
    unpriced       UInt64 CODEC(T64, ZSTD(1)),
    cost_usd       Decimal(38, 12) CODEC(ZSTD(1)),
    sampled        UInt64 CODEC(T64, ZSTD(1)),
    weighted_calls Float64 CODEC(ZSTD(1)),
    weighted_cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    variance_usd2  Float64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(minute)
ORDER BY (product, dimension, minute, value)
TTL minute + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- 0022_link_rows.sql
CREATE TABLE IF NOT EXISTS `windage`.`link_rows`
(
    trace_id FixedString(16) CODEC(ZSTD(1)),
    other    FixedString(16) CODEC(ZSTD(1)),
    day      SimpleAggregateFunction(max, Date)
)
ENGINE = AggregatingMergeTree
ORDER BY (trace_id, other)
TTL day + INTERVAL 90 DAY DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- 0023_link_rows_mv.sql
CREATE MATERIALIZED VIEW IF NOT EXISTS `windage`.`link_rows_mv`  TO `windage`.`link_rows` AS
SELECT pair.1 AS trace_id, pair.2 AS other, max(toDate(start_time)) AS day
FROM
(
    SELECT trace_id AS own, start_time, rare_texts['links'] AS links,
           arrayDistinct(arrayFilter(t -> t != own AND t != toFixedString('', 16), arrayMap(i -> toFixedString(substring(links, i, 16), 16), range(1, length(links), 24)))) AS others
    FROM `windage`.`span_rows`
    WHERE mapContains(rare_texts, 'links') AND (otel_span_kind = 'consumer' OR parent_span_id = toFixedString('', 8))
)
ARRAY JOIN [(own, others[1]), (others[1], own)] AS pair
WHERE length(others) = 1
GROUP BY trace_id, other;

-- calls.sql
CREATE OR REPLACE VIEW `windage`.`calls`  AS
SELECT lower(hex(s.trace_id)) AS trace_id,
       lower(hex(s.span_id)) AS span_id,
       if(s.parent_span_id = toFixedString('', 8), '', lower(hex(s.parent_span_id))) AS parent_span_id,
       s.start_time AS start_time,
       s.start_time + toIntervalNanosecond(s.duration_ns) AS end_time,
       s.service_name AS service_name,
       if(ifNull(d.decided, false) AND d.product != '', d.product, s.product) AS product,
       if(ifNull(d.decided, false) AND d.task_id != '', d.task_id, s.task_id) AS task_id,
       s.environment AS environment,
       s.kind AS kind,
       s.operation AS operation,
       s.provider AS provider,
       if(s.response_model != '', s.response_model, s.request_model) AS model,
       s.request_model AS request_model,
       s.response_model AS response_model,
       s.priced_model AS priced_model,
       s.cost_usd AS cost_usd,
       nullIf(s.cost_status, '') AS cost_status,
       if(ifNull(d.decided, false) AND d.rule != '', 'in_container', nullIf(s.cost_reason, '')) AS cost_reason,
       nullIf(s.usage_source, '') AS usage_source,
       true AS cost_counted,
       s.* EXCEPT (trace_id, span_id, parent_span_id, start_time, service_name, product, task_id, environment, kind, operation, provider,
                   request_model, response_model, priced_model, cost_usd, cost_status, cost_reason, usage_source, cost_counted,
                   cost_suppressed_by, cost_suppressed_rule, link_trace_ids, link_span_ids, rare_texts, rare_numbers)
FROM (SELECT * FROM `windage`.`span_rows` FINAL SETTINGS asterisk_include_alias_columns = 1) AS s
LEFT JOIN
(
    SELECT service_name, start_time, trace_id, span_id, product, task_id, counted, toString(rule) AS rule, true AS decided
    FROM `windage`.`decision_rows` FINAL
) AS d ON s.service_name = d.service_name AND s.start_time = d.start_time AND s.trace_id = d.trace_id AND s.span_id = d.span_id
WHERE (s.kind IN ('model_call', 'embedding', 'rerank') OR s.kind = 'task' AND s.cost_status != '') AND if(ifNull(d.decided, false), d.counted, s.cost_counted);

-- metric_usage.sql
CREATE OR REPLACE VIEW `windage`.`metric_usage`  AS
SELECT at, service_name, product, environment, scope_name, dialect, metric, provider, model, operation, token_type, total, error_type,
       if(counts = 'tokens', toInt64(round(added)), NULL) AS tokens,
       if(counts = 'calls', toInt64(ifNull(observed, 0)), NULL) AS calls,
       if(counts = 'calls', added, NULL) AS duration_seconds,
       if(counts = 'usd', added, NULL) AS reported_cost_usd,
       if(counts = 'tokens' AND total != '', toDecimal128(ifNull(tokens, 0), 0) * usd_per_token, NULL) AS cost_usd,
       usd_per_token, price_row, price_reason
FROM
(
    SELECT *,
           multiIf(NOT cumulative, value, nth = 1, if(since_known, value, 0), value < before OR ifNull(count, 0) < ifNull(count_before, 0), value, value - before) AS added,
           multiIf(NOT cumulative, count, nth = 1, if(since_known, count, 0), value < before OR ifNull(count, 0) < ifNull(count_before, 0), count, ifNull(count, 0) - ifNull(count_before, 0)) AS observed
    FROM
    (
        SELECT *,
               start_time > toDateTime64(0, 9, 'UTC') AND at < start_time + INTERVAL 1 DAY AS since_known,
               row_number() OVER w AS nth, lagInFrame(value) OVER w AS before, lagInFrame(count) OVER w AS count_before
        FROM `windage`.`metric_point_rows` FINAL
        WINDOW w AS (PARTITION BY service_name, metric, stream, start_time ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
);

-- metric_usage_gaps.sql
CREATE OR REPLACE VIEW `windage`.`metric_usage_gaps`  AS
SELECT day, service_name, model,
       sum(m_calls) AS metric_calls, sum(s_calls) AS span_calls,
       sum(m_input) AS metric_input_tokens, sum(s_input) AS span_input_tokens,
       sum(m_output) AS metric_output_tokens, sum(s_output) AS span_output_tokens,
       sum(m_usd) AS metric_cost_usd, sum(s_usd) AS span_cost_usd,
       multiIf(span_input_tokens + span_output_tokens = 0 OR metric_input_tokens + metric_output_tokens = 0, NULL,
               (metric_input_tokens + metric_output_tokens) / (span_input_tokens + span_output_tokens) - 1) AS gap,
       multiIf(sum(s_rows) = 0, 'metrics_only', sum(m_rows) = 0, 'spans_only', abs(ifNull(gap, 1)) <= 0.01, 'agree', 'differ') AS verdict
FROM
(
    SELECT toDate(at) AS day, service_name, model, toInt64(count()) AS m_rows, toInt64(0) AS s_rows,
           toInt64(sum(ifNull(calls, 0))) AS m_calls, toInt64(0) AS s_calls,
           toInt64(sumIf(ifNull(tokens, 0), total = 'input')) AS m_input, toInt64(0) AS s_input,
           toInt64(sumIf(ifNull(tokens, 0), total = 'output')) AS m_output, toInt64(0) AS s_output,
           sum(ifNull(cost_usd, toDecimal128(0, 12))) AS m_usd, toDecimal128(0, 12) AS s_usd
    FROM `windage`.`metric_usage`
    WHERE tokens > 0 OR calls > 0
    GROUP BY day, service_name, model
    UNION ALL
    SELECT toDate(start_time) AS day, service_name, model, 0, toInt64(count()), 0, toInt64(count()),
           0, toInt64(sum(ifNull(input_total, 0))), 0, toInt64(sum(ifNull(output_total, 0))),
           toDecimal128(0, 12), sum(ifNull(cost_usd, toDecimal128(0, 12)))
    FROM `windage`.`calls`
    WHERE service_name IN (SELECT service_name FROM `windage`.`metric_point_rows`)
    GROUP BY day, service_name, model
)
GROUP BY day, service_name, model;

-- results.sql
CREATE OR REPLACE VIEW `windage`.`results`  AS
SELECT slot, product, kind, layer, name, slice, value, lower, upper, n, state, reason,
       * EXCEPT (slot, product, kind, layer, name, slice, value, lower, upper, n, state, reason)
FROM `windage`.`result_rows` FINAL;

-- signals.sql
CREATE OR REPLACE VIEW `windage`.`signals`  AS
SELECT kind, name, at, product, service_name, value, label, passed,
       if(trace_id = toFixedString('', 16), '', lower(hex(trace_id))) AS trace_id,
       if(span_id = toFixedString('', 8), '', lower(hex(span_id))) AS span_id,
       * EXCEPT (kind, name, at, product, service_name, value, label, passed, trace_id, span_id, id, deleted)
FROM `windage`.`signal_rows` FINAL;

-- spans.sql
CREATE OR REPLACE VIEW `windage`.`spans`  AS
SELECT lower(hex(trace_id)) AS trace_id,
       lower(hex(span_id)) AS span_id,
       if(parent_span_id = toFixedString('', 8), '', lower(hex(parent_span_id))) AS parent_span_id,
       start_time,
       start_time + toIntervalNanosecond(duration_ns) AS end_time,
       * EXCEPT (trace_id, span_id, parent_span_id, start_time, link_trace_ids, link_span_ids, rare_texts, rare_numbers),
       arrayMap(x -> lower(hex(x)), link_trace_ids) AS link_trace_ids,
       arrayMap(x -> lower(hex(x)), link_span_ids) AS link_span_ids
FROM (SELECT * FROM `windage`.`span_rows` FINAL SETTINGS asterisk_include_alias_columns = 1);

-- tasks.sql
CREATE OR REPLACE VIEW `windage`.`tasks`  AS
SELECT product, service_name, task_id, task_type, outcome, outcome_source, started_at, ended_at,
       dateDiff('millisecond', started_at, ended_at) / 1000 AS duration_seconds,
       cost_usd, calls, unpriced,
       if(trace_id = toFixedString('', 16), '', lower(hex(trace_id))) AS trace_id,
       * EXCEPT (product, service_name, task_id, task_type, outcome, outcome_source, started_at, ended_at, cost_usd, calls, unpriced, trace_id, deleted)
FROM `windage`.`task_rows` FINAL;

-- waste.sql
CREATE OR REPLACE VIEW `windage`.`waste`  AS
SELECT product, toDate(started_at) AS day, count() AS tasks, countIf(outcome = 'success') AS successes, countIf(unpriced + partial > 0) AS incomplete,
       sum(ifNull(cost_usd, toDecimal128(0, 12))) AS cost_usd,
       sum(retry_cost_usd) AS retry_usd, sum(loop_cost_usd) AS loop_usd,
       sumIf(ifNull(t.cost_usd, toDecimal128(0, 12)), outcome NOT IN ('success', 'unknown', '')) AS failed_usd,
       sum(if(outcome NOT IN ('success', 'unknown', ''), ifNull(t.cost_usd, toDecimal128(0, 12)), retry_cost_usd)) AS wasted_usd,
       sum(t.cache_saved_usd) AS cache_saved_usd, sum(t.cache_known) AS cache_known, sum(t.calls) AS calls,
       sum(judge_cost_usd) AS judge_usd, sum(shadow_cost_usd) AS shadow_usd,
       sum(t.logical_calls) AS logical_calls, sum(t.fallback_calls) AS fallback_calls, sum(fallback_cost_usd) AS fallback_usd,
       sum(t.fallback_saved_usd) AS fallback_saved_usd, sum(t.fallback_known) AS fallback_known
FROM (SELECT * REPLACE if(outcome = 'unknown' AND NOT ended AND abandons_at <= now64(3), 'abandoned', toString(outcome)) AS outcome
      FROM `windage`.`task_rows` FINAL WHERE closes_at <= now64(3)) AS t
GROUP BY product, day;

