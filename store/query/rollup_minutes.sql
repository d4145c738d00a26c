-- Recomputes the roll-ups of some minutes from the rows that are there now. Run twice, the numbers are
-- the same. A combination of dimensions that the minutes no longer have is written with zeros.
-- @minutes: unix seconds; @from, @until: their range, for the partitions; @computed: version
INSERT INTO {{table "minute_rows"}}
    (minute, product, service_name, environment, kind, operation, provider, model, prompt_version, variant, language, purpose, computed_at,
     spans, errors, calls, priced, unpriced, partial, suppressed, usage_unknown, input_tokens, output_tokens, cache_read_tokens,
     cost_usd, duration_ns, ttft_ns, ttft_known)
SELECT minute, product, service_name, environment, kind, operation, provider, model, prompt_version, variant, language, purpose,
       fromUnixTimestamp64Milli(toInt64(@computed), 'UTC'),
       sum(spans), sum(errors), sum(calls), sum(priced), sum(unpriced), sum(partial), sum(suppressed), sum(usage_unknown),
       sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(cost_usd), sum(duration_ns), sum(ttft_ns), sum(ttft_known)
FROM
(
    SELECT toStartOfMinute(s.start_time) AS minute, d.product AS product, s.service_name AS service_name, s.environment AS environment,
           s.kind AS kind, s.operation AS operation, s.provider AS provider,
           if(s.response_model != '', s.response_model, s.request_model) AS model,
           s.prompt_version AS prompt_version, s.variant AS variant, s.language AS language, s.purpose AS purpose,
           toUInt64(1) AS spans,
           toUInt64((s.status = 'error' OR s.error_type != '') AND (NOT is_call OR counted)) AS errors,
           (s.kind IN ('model_call', 'embedding', 'rerank')) AS is_call,
           -- a container with usage of its own is priced, and counts where no call accounts for it
           d.counted AS counted,
           toUInt64(counted) AS calls,
           toUInt64(counted AND s.cost_status IN ('priced', 'free', 'partial')) AS priced,
           toUInt64(counted AND s.cost_status NOT IN ('priced', 'free', 'partial')) AS unpriced,
           toUInt64(counted AND s.cost_status = 'partial') AS partial,
           toUInt64((is_call OR s.cost_status != '') AND NOT d.counted) AS suppressed,
           toUInt64(counted AND (s.input_total IS NULL OR s.output_total IS NULL)) AS usage_unknown,
           if(counted, ifNull(s.input_total, 0), 0) AS input_tokens,
           if(counted, ifNull(s.output_total, 0), 0) AS output_tokens,
           if(counted, ifNull(s.cache_read, 0), 0) AS cache_read_tokens,
           if(counted, ifNull(s.cost_usd, 0), toDecimal128(0, 12)) AS cost_usd,
           if(NOT is_call OR counted, s.duration_ns, 0) AS duration_ns,
           if(counted, ifNull(s.ttft_ns, 0), 0) AS ttft_ns,
           toUInt64(counted AND s.ttft_ns IS NOT NULL) AS ttft_known
    FROM {{table "span_rows"}} AS s FINAL
    INNER JOIN
    (
        SELECT trace_id, span_id, product, counted
        FROM {{table "decision_rows"}} FINAL
        WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND product != ''
    ) AS d ON d.trace_id = s.trace_id AND d.span_id = s.span_id
    WHERE s.start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND s.start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
      AND toStartOfMinute(s.start_time) IN (SELECT toDateTime(arrayJoin(@minutes), 'UTC'))
    UNION ALL
    SELECT minute, product, service_name, environment, kind, operation, provider, model, prompt_version, variant, language, purpose,
           0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, toDecimal128(0, 12), 0, 0, 0
    FROM {{table "minute_rows"}} FINAL
    WHERE minute IN (SELECT toDateTime(arrayJoin(@minutes), 'UTC'))
)
GROUP BY minute, product, service_name, environment, kind, operation, provider, model, prompt_version, variant, language, purpose
