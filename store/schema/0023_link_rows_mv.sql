-- Feeds link_rows from every insert of spans.
CREATE MATERIALIZED VIEW IF NOT EXISTS {{name "link_rows_mv"}} {{.OnCluster}} TO {{table "link_rows"}} AS
SELECT pair.1 AS trace_id, pair.2 AS other, max(toDate(start_time)) AS day
FROM
(
    SELECT trace_id AS own, start_time, rare_texts['links'] AS links,
           arrayDistinct(arrayFilter(t -> t != own AND t != toFixedString('', 16), arrayMap(i -> toFixedString(substring(links, i, 16), 16), range(1, length(links), 24)))) AS others
    FROM {{table "span_rows"}}
    WHERE mapContains(rare_texts, 'links') AND (otel_span_kind = 'consumer' OR parent_span_id = toFixedString('', 8))
)
ARRAY JOIN [(own, others[1]), (others[1], own)] AS pair
WHERE length(others) = 1
GROUP BY trace_id, other
