                -- (series, grid, value, no value, text): what each kind of row says. Only counted product traffic.
                SELECT toUnixTimestamp(toDateTime(s.start_time)) AS at, s.trace_id AS trace_id, toString(d.product) AS product, d.slices AS slices,
                       s.kind IN ('model_call', 'embedding', 'rerank') AND d.counted AS call,
                       s.kind = 'model_call' AND d.counted AS answer,
                       s.kind = 'prediction' AS predicted,
                       s.kind = 'tool_call' AND d.rule = '' AS tool_run, -- told of by no other span
                       arrayConcat(
                       [
                           (if(call, 'input_tokens', ''), 'log', toFloat64(ifNull(s.input_total, 0)), s.input_total IS NULL, ''),
                           (if(answer, 'output_tokens', ''), 'log', toFloat64(ifNull(s.output_total, 0)), s.output_total IS NULL, ''),
                           (if(call, 'call_duration_seconds', ''), 'log', s.duration_ns / 1e9, false, ''),
                           (if(answer AND s.ttft_ns IS NOT NULL, 'time_to_first_token_seconds', ''), 'log', ifNull(s.ttft_ns, 0) / 1e9, false, ''),
                           (if(answer AND s.output_chars IS NOT NULL, 'output_chars', ''), 'log', toFloat64(ifNull(s.output_chars, 0)), false, ''),
                           (if(call AND s.cost_usd IS NOT NULL, 'cost_per_call', ''), 'log', toFloat64(ifNull(s.cost_usd, 0)), false, ''),
                           (if(answer AND s.cache_read IS NOT NULL AND ifNull(s.input_total, 0) > 0, 'cache_hit_ratio', ''), 'unit',
                               least(1., ifNull(s.cache_read, 0) / greatest(1, ifNull(s.input_total, 0))), false, ''),
                           (if(answer, 'finish_reason', ''), 'category', 0., false, toString(s.finish_reasons[1])),
                           (if(call, 'response_model', ''), 'category', 0., false, toString(if(s.response_model != '', s.response_model, s.request_model))),
                           (if(call, 'call_status', ''), 'category', 0., false, if(s.status = 'error' OR s.error_type != '', 'error', 'ok')),
                           (if(answer AND s.language != '', 'language', ''), 'category', 0., false, toString(s.language)),
                           (if(answer AND s.prompt_version != '', 'prompt_version', ''), 'category', 0., false, toString(s.prompt_version)),
                           (if(tool_run, 'tool', ''), 'category', 0., false, toString(s.tool_name)),
                           (if(tool_run, 'tool_status', ''), 'category', 0., false, if(s.status = 'error' OR s.error_type != '', 'error', 'ok')),
                           (if(s.kind = 'retrieval' AND notEmpty(s.document_scores), 'retrieval_score', ''), 'unit',
                               ifNull(arrayMax(arrayMap(v -> ifNull(v, -inf), s.document_scores)), 0.), false, ''),
                           (if(s.kind = 'retrieval', 'retrieved_documents', ''), 'log', toFloat64(greatest(length(s.document_ids), length(s.document_scores))), false, ''),
                           (if(s.kind = 'guardrail', 'guardrail_verdict', ''), 'category', 0., false, toString(s.guardrail_verdict)),
                           (if(predicted AND s.prediction_score IS NOT NULL, 'prediction_score', ''), 'unit', ifNull(s.prediction_score, 0.), false, ''),
                           -- The part of prediction_score that the model called positive; the rule of quality/place for labels.
                           (if(predicted AND s.prediction_score IS NOT NULL AND multiIf(s.prediction_classes IS NOT NULL, true, lower(s.prediction_label) IN ('1', '1.0', 'true', 'yes', 'positive'), true,
                               lower(s.prediction_label) IN ('0', '0.0', 'false', 'no', 'negative'), false, ifNull(s.prediction_score, 0.) >= 0.5), 'prediction_score_positive', ''),
                               'unit', ifNull(s.prediction_score, 0.), false, ''),
                           (if(predicted AND s.prediction_label != '', 'prediction_label', ''), 'category', 0., false, toString(s.prediction_label)),
                           (if(predicted AND s.model_version != '', 'model_version', ''), 'category', 0., false, toString(s.model_version))
                       ],
                       arrayMap((k, v) -> ('feature.' || k, 'log', v, false, ''), mapKeys(s.feature_numbers), mapValues(s.feature_numbers)),
                       arrayMap((k, v) -> ('feature.' || k, 'category', 0., false, v), mapKeys(s.feature_categories), mapValues(s.feature_categories))
                       ) AS items
                FROM {{table "span_rows"}} AS s FINAL
                INNER JOIN
                (
                    SELECT service_name, start_time, trace_id, span_id, product, counted, toString(rule) AS rule, slices
                    FROM {{table "decision_rows"}} FINAL
                    WHERE start_time >= lo AND start_time < hi AND product != ''
                ) AS d ON d.service_name = s.service_name AND d.start_time = s.start_time AND d.trace_id = s.trace_id AND d.span_id = s.span_id
                WHERE s.start_time >= lo AND s.start_time < hi AND intDiv(at, @seconds) * @seconds IN (@blocks)
                  AND s.purpose = '' AND s.kind NOT IN ('span', 'task', 'evaluation', 'feedback', 'flag')
