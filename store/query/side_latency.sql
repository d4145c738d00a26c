-- Durations and times to the first token of the counted calls of one side, in seconds, by bins of a
-- sixteenth of a factor of two (quality.Hist).
SELECT if(what = 'ttft', 1, 0) AS first_token, toInt16(if(v <= 0, -32768, floor(log2(v) * 16))) AS bin, count()
FROM
(
    SELECT arrayJoin(arrayFilter(x -> isNotNull(x.2), [('duration', toNullable(s.duration_ns / 1e9)), ('ttft', if(s.kind = 'model_call', s.ttft_ns / 1e9, NULL))])) AS pair,
           pair.1 AS what, assumeNotNull(pair.2) AS v
    FROM {{table "span_rows"}} AS s FINAL
    INNER JOIN
    (
        SELECT service_name, start_time, trace_id, span_id
        FROM {{table "decision_rows"}} FINAL
        WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND product = @product AND counted
    ) AS d ON d.service_name = s.service_name AND d.start_time = s.start_time AND d.trace_id = s.trace_id AND d.span_id = s.span_id
    WHERE s.start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND s.start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
      AND s.purpose = '' AND s.kind IN ('model_call', 'embedding', 'rerank')
      AND (@model = '' OR if(s.response_model != '', s.response_model, s.request_model) = @model)
      AND (@prompt_version = '' OR s.prompt_version = @prompt_version) AND (@variant = '' OR s.variant = @variant)
)
GROUP BY first_token, bin
