-- Spend of all traffic: calls of a trace are kept or dropped together, so the trace is what is sampled.
SELECT sum(w * c), sum(w * (w - 1) * c * c), count(), countIf(w > 1), uniqExact(service), uniqExactIf(service, w > 1)
FROM
(
    SELECT trace_id, any(service_name) AS service, greatest(1., max(weight)) AS w, toFloat64(sum(ifNull(cost_usd, toDecimal128(0, 12)))) AS c
    FROM {{table "calls"}}
    WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')
    GROUP BY trace_id
)
