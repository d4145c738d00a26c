-- In which minute some signals count now.
SELECT id, minute FROM {{table "said_rows"}} FINAL WHERE id IN (SELECT toFixedString(unhex(arrayJoin(@ids)), 16))
