-- How the calls of a product's own traffic were made and priced, by hour. Amounts are in nano-USD.
SELECT product, toStartOfHour(minute) AS hour, toString(prompt_name) AS prompt, toString(prompt_version) AS version,
       toString(if(request_model = '', model, request_model)) AS requested, toString(model) AS served, toString(tier) AS how, toString(price_row) AS price,
       toInt64(sum(calls)), toInt64(sum(cost_usd) * 1000000000),
       toInt64(sum(input_tokens) - sum(cache_read_tokens) - sum(cache_write_tokens)), toInt64(sum(output_tokens)), toInt64(sum(cache_read_tokens)), toInt64(sum(cache_write_tokens)),
       toInt64(sum(input_usd) * 1000000000), toInt64(sum(output_usd) * 1000000000), toInt64(sum(cache_read_usd) * 1000000000), toInt64(sum(cache_write_usd) * 1000000000),
       toInt64(sum(cache_known)), toInt64(sum(cache_known_input_tokens))
FROM {{table "minute_rows"}} FINAL
WHERE purpose = '' AND minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC'))
GROUP BY product, hour, prompt, version, requested, served, how, price
HAVING sum(calls) > 0
ORDER BY product, hour, prompt, version, requested, served, how, price
