-- Points of a span of time again, with the new price of their tokens: they replace the old ones.
INSERT INTO {{table "metric_point_rows"}}
SELECT * REPLACE (now64(3) AS received_at, if(@rate = '', NULL, toDecimal128(if(@rate = '', '0', @rate), 12)) AS usd_per_token, @row AS price_row, @reason AS price_reason)
FROM {{table "metric_point_rows"}} FINAL
WHERE at >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND at < fromUnixTimestamp64Milli(toInt64(@until), 'UTC') AND counts = 'tokens' AND total != ''
  AND provider = @provider AND model = @model AND operation = @operation AND token_type = @type
  AND toStartOfHour(at) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC'))
