-- Recomputes the roll-ups of some minutes from the rows that are there now. Run twice, the numbers are
-- the same. A combination of dimensions that the minutes no longer have is written with zeros.
-- @minutes: unix seconds; @from, @until: their range, for the partitions; @computed: version
INSERT INTO {{table "minute_rows"}}
    (minute, product, service_name, environment, kind, operation, provider, model, prompt_version, variant, language, purpose,
     prompt_name, request_model, tier, price_row, computed_at,
     spans, errors, calls, priced, unpriced, partial, suppressed, usage_unknown, input_tokens, output_tokens, cache_read_tokens,
     cache_write_tokens, cache_known, cache_known_input_tokens, cost_usd, input_usd, output_usd, cache_read_usd, cache_write_usd, duration_ns, ttft_ns, ttft_known,
     sampled, weighted_calls, weighted_tokens, weighted_cost_usd, variance_usd2, variance_tokens2)
SELECT minute, product, service_name, environment, kind, operation, provider, model, prompt_version, variant, language, purpose,
       prompt_name, request_model, tier, price_row, fromUnixTimestamp64Milli(toInt64(@computed), 'UTC'),
       sum(spans), sum(errors), sum(calls), sum(priced), sum(unpriced), sum(partial), sum(suppressed), sum(usage_unknown),
       sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(cache_write_tokens), sum(cache_known), sum(cache_known_input_tokens),
       sum(cost_usd), sum(input_usd), sum(output_usd), sum(cache_read_usd), sum(cache_write_usd), sum(duration_ns), sum(ttft_ns), sum(ttft_known),
       sum(sampled), sum(weighted_calls), sum(weighted_tokens), sum(weighted_cost_usd), sum(variance_usd2), sum(variance_tokens2)
FROM
(
    SELECT toStartOfMinute(s.start_time) AS minute, d.product AS product, s.service_name AS service_name, s.environment AS environment,
           s.kind AS kind, s.operation AS operation, s.provider AS provider,
           if(s.response_model != '', s.response_model, s.request_model) AS model,
           s.prompt_version AS prompt_version, s.variant AS variant, s.language AS language, s.purpose AS purpose,
           s.prompt_name AS prompt_name, s.request_model AS request_model, if(s.batch, 'batch', toString(s.service_tier)) AS tier, s.cost_price_row AS price_row,
           toUInt64(1) AS spans,
           toUInt64((s.status = 'error' OR s.error_type != '') AND (NOT is_call OR counted)) AS errors,
           (s.kind IN ('model_call', 'embedding', 'rerank')) AS is_call,
           -- a container with usage of its own is priced, and counts where no call accounts for it
           d.counted AS counted,
           toUInt64(counted) AS calls,
           -- a counted call that names a rule has its cost in that of a container
           toUInt64(counted AND (d.rule != '' OR s.cost_status IN ('priced', 'free', 'partial'))) AS priced,
           toUInt64(counted AND d.rule = '' AND s.cost_status NOT IN ('priced', 'free', 'partial')) AS unpriced,
           toUInt64(counted AND s.cost_status = 'partial') AS partial,
           toUInt64((is_call OR s.cost_status != '') AND NOT d.counted) AS suppressed,
           toUInt64(counted AND d.rule = '' AND (s.input_total IS NULL OR s.output_total IS NULL)) AS usage_unknown,
           if(counted, ifNull(s.input_total, 0), 0) AS input_tokens,
           if(counted, ifNull(s.output_total, 0), 0) AS output_tokens,
           if(counted, ifNull(s.cache_read, 0), 0) AS cache_read_tokens,
           if(counted, ifNull(s.cache_write, 0), 0) AS cache_write_tokens,
           toUInt64(counted AND s.cache_read IS NOT NULL AND s.input_total IS NOT NULL) AS cache_known,
           if(cache_known = 1, ifNull(s.input_total, 0), 0) AS cache_known_input_tokens,
           if(counted, ifNull(s.cost_usd, 0), toDecimal128(0, 12)) AS cost_usd,
           if(counted, ifNull(s.cost_input_usd, 0), toDecimal128(0, 12)) AS input_usd,
           if(counted, ifNull(s.cost_output_usd, 0), toDecimal128(0, 12)) AS output_usd,
           if(counted, ifNull(s.cost_cache_read_usd, 0), toDecimal128(0, 12)) AS cache_read_usd,
           if(counted, ifNull(s.cost_cache_write_usd, 0), toDecimal128(0, 12)) AS cache_write_usd,
           if(NOT is_call OR counted, s.duration_ns, 0) AS duration_ns,
           if(counted, ifNull(s.ttft_ns, 0), 0) AS ttft_ns,
           toUInt64(counted AND s.ttft_ns IS NOT NULL) AS ttft_known,
           greatest(d.weight, 1.) AS w,
           toUInt64(counted AND w > 1) AS sampled,
           if(counted, w, 0.) AS weighted_calls,
           w * (input_tokens + output_tokens) AS weighted_tokens,
           if(w > 1, toDecimal128(w * toFloat64(cost_usd), 12), cost_usd) AS weighted_cost_usd,
           w * (w - 1) * toFloat64(cost_usd) * d.sample_usd AS variance_usd2,
           w * (w - 1) * (input_tokens + output_tokens) * d.sample_tokens AS variance_tokens2
    FROM {{table "span_rows"}} AS s FINAL
    INNER JOIN
    (
        SELECT service_name, start_time, trace_id, span_id, product, counted, toString(rule) AS rule, weight, sample_usd, sample_tokens
        FROM {{table "decision_rows"}} FINAL
        WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND product != ''
    ) AS d ON d.service_name = s.service_name AND d.start_time = s.start_time AND d.trace_id = s.trace_id AND d.span_id = s.span_id
    WHERE s.start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND s.start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
      AND toStartOfMinute(s.start_time) IN (SELECT toDateTime(arrayJoin(@minutes), 'UTC'))
    UNION ALL
    SELECT minute, product, service_name, environment, kind, operation, provider, model, prompt_version, variant, language, purpose,
           prompt_name, request_model, tier, price_row,
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, toDecimal128(0, 12), toDecimal128(0, 12), toDecimal128(0, 12), toDecimal128(0, 12), toDecimal128(0, 12), 0, 0, 0, 1., 0, 0., 0., toDecimal128(0, 12), 0., 0.
    FROM {{table "minute_rows"}} FINAL
    WHERE minute IN (SELECT toDateTime(arrayJoin(@minutes), 'UTC'))
)
GROUP BY minute, product, service_name, environment, kind, operation, provider, model, prompt_version, variant, language, purpose, prompt_name, request_model, tier, price_row
