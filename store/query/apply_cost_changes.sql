-- The spans of a re-pricing run again, with the new price: they replace the old ones, and their minutes become dirty.
INSERT INTO {{table "span_rows"}}
SELECT s.* REPLACE (now64(3) AS received_at,
                    c.new_usd AS cost_usd, c.new_input_usd AS cost_input_usd, c.new_output_usd AS cost_output_usd,
                    c.new_cache_read_usd AS cost_cache_read_usd, c.new_cache_write_usd AS cost_cache_write_usd, c.new_other_usd AS cost_other_usd,
                    mapConcat(mapFilter((k, v) -> k NOT IN ('cache_saved_pico_usd', 'requested_model_pico_usd'), s.rare_numbers),
                              if(c.new_cache_saved_pico_usd IS NULL, map(), map('cache_saved_pico_usd', assumeNotNull(c.new_cache_saved_pico_usd))),
                              if(c.new_requested_model_pico_usd IS NULL, map(), map('requested_model_pico_usd', assumeNotNull(c.new_requested_model_pico_usd)))) AS rare_numbers,
                    c.new_status AS cost_status, c.new_reason AS cost_reason, c.new_matched_model AS cost_matched_model,
                    c.new_price_row AS cost_price_row, c.new_table_sha256 AS cost_table_sha256)
FROM (SELECT * FROM {{table "span_rows"}} FINAL
      WHERE start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')) AS s
INNER JOIN (SELECT * FROM {{table "cost_change_rows"}} FINAL WHERE run = @run
      AND start_time >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND start_time < fromUnixTimestamp64Milli(toInt64(@until), 'UTC')) AS c
    ON s.service_name = c.service_name AND s.start_time = c.start_time AND s.trace_id = c.trace_id AND s.span_id = c.span_id
