-- The minutes of what was said of the same targets as some signals, where only one of them counts.
SELECT DISTINCT minute FROM {{table "said_rows"}} FINAL
WHERE (kind = 'outcome' OR kind = 'business' AND name = 'resolution')
  AND target IN (SELECT target FROM {{table "said_rows"}} WHERE id IN (SELECT toFixedString(unhex(arrayJoin(@ids)), 16)))
