-- How what was spoken of was resolved, each target once, by the hour of what is taken of it: the latest that says so
-- outright, else the latest outcome. The two may lie in different hours, at most 31 days apart.
WITH kind = 'business' AND passed IS NOT NULL AS outright
SELECT product, toStartOfHour(taken.1) AS hour, taken.2, taken.3, taken.4, count()
FROM
(
    SELECT product, argMax((minute, toUInt8(outright), toString(label), multiIf(passed IS NULL, '', passed, 'true', 'false')), (outright, at, id)) AS taken
    FROM {{table "said_rows"}} FINAL
    WHERE (kind = 'outcome' OR kind = 'business' AND name = 'resolution') AND product != ''
      AND minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') - INTERVAL 31 DAY AND minute < (SELECT max(toDateTime(arrayJoin(@hours), 'UTC'))) + INTERVAL 31 DAY
      AND target IN
      (
          SELECT target FROM {{table "said_rows"}} FINAL
          WHERE (kind = 'outcome' OR kind = 'business' AND name = 'resolution') AND product != ''
            AND minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC'))
      ){{.Side}}
    GROUP BY product, target
)
WHERE hour IN (SELECT toDateTime(arrayJoin(@hours), 'UTC'))
GROUP BY product, hour, taken.2, taken.3, taken.4
