-- What SDKs count in metrics of their own (gen_ai.client.token.usage and the like), for apps that send no spans: a
-- source beside calls, never added to it. One row is what one point adds to its series: of a cumulative series what is
-- new since the point before, whatever order they came in; one that begins again counts from its new beginning, and the
-- first point of one that began more than a day before is only where counting starts. total names the inclusive total
-- (input or output) that tokens are part of; it is empty where they are a subset of others, so that a sum over
-- total != '' counts every token once. cost_usd is an estimate: the tokens at the list price of their day, below every
-- threshold, cached ones at full price where the metric does not tell them apart.
CREATE OR REPLACE VIEW {{name "metric_usage"}} {{.OnCluster}} AS
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
        FROM {{name "metric_point_rows"}} FINAL
        WINDOW w AS (PARTITION BY service_name, metric, stream, start_time ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    )
)
