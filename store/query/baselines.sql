-- Baselines and what became of them, in the order in which it happened.
SELECT name, version, event, at, by, note, product, source, origin, from_time, to_time, series, n, sha256, code_version, config_version
FROM {{table "baseline_rows"}} FINAL
WHERE @name = '' OR name = @name
ORDER BY name, version, at, event
