-- Which services a product is made of, and when it was last heard of.
SELECT product, arraySort(groupUniqArray(100)(service_name)), max(minute)
FROM {{table "minute_rows"}} FINAL
WHERE minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND spans > 0
GROUP BY product
