-- What the services of each product say in metrics of their own that their calls used, beside what their spans say.
-- Points from a day before on are read, so that the first of a series has one before it.
SELECT m.product, m.service, m.metric_calls, m.input, m.output, m.usd, m.unpriced, toInt64(ifNull(s.calls, 0)), toInt64(ifNull(s.tokens, 0)), m.last
FROM
(
    SELECT toString(product) AS product, toString(service_name) AS service,
           toInt64(sumIf(observed, counts = 'calls')) AS metric_calls,
           toInt64(round(sumIf(added, counts = 'tokens' AND total = 'input'))) AS input, toInt64(round(sumIf(added, counts = 'tokens' AND total = 'output'))) AS output,
           toFloat64(sumIf(toDecimal128(round(added), 0) * ifNull(usd_per_token, toDecimal128(0, 12)), counts = 'tokens' AND total != '')) AS usd,
           toInt64(round(sumIf(added, counts = 'tokens' AND total != '' AND usd_per_token IS NULL))) AS unpriced, max(at) AS last
    FROM
    (
        SELECT *,
               multiIf(NOT cumulative, value, nth = 1, if(since_known, value, 0), value < before OR ifNull(count, 0) < ifNull(count_before, 0), value, value - before) AS added,
               toFloat64(ifNull(multiIf(NOT cumulative, count, nth = 1, if(since_known, count, 0), value < before OR ifNull(count, 0) < ifNull(count_before, 0), count, ifNull(count, 0) - ifNull(count_before, 0)), 0)) AS observed
        FROM
        (
            SELECT *,
                   start_time > toDateTime64(0, 9, 'UTC') AND at < start_time + INTERVAL 1 DAY AS since_known,
                   row_number() OVER w AS nth, lagInFrame(value) OVER w AS before, lagInFrame(count) OVER w AS count_before
            FROM {{table "metric_point_rows"}} FINAL
            WHERE at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') - INTERVAL 1 DAY AND at < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
            WINDOW w AS (PARTITION BY service_name, metric, stream, start_time ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        )
    )
    WHERE at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC')
    GROUP BY product, service
    HAVING metric_calls + input + output > 0
) AS m
LEFT JOIN
(
    SELECT toString(product) AS product, toString(service_name) AS service, sum(calls) AS calls, sum(input_tokens) + sum(output_tokens) AS tokens
    FROM {{table "minute_rows"}} FINAL
    WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND minute < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
    GROUP BY product, service
) AS s ON s.service = m.service AND s.product = m.product
ORDER BY m.product, m.input + m.output DESC, m.service
