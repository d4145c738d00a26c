-- Where the rows of a series come from.
SELECT DISTINCT toString(source)
FROM {{table "block_rows"}}
WHERE product = @product AND series = @series AND start IN (SELECT toDateTime(arrayJoin(@blocks), 'UTC'))
ORDER BY 1
