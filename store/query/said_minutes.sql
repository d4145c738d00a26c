-- In which minute some signals count now.
SELECT toString(id), minute FROM {{table "said_rows"}} FINAL WHERE id IN (@ids)
