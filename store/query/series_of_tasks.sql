                SELECT toUnixTimestamp(toDateTime(started_at)) AS at, trace_id, toString(product) AS product, slices,
                [
                    (if(cost_usd IS NOT NULL AND unpriced = 0 AND calls > 0, 'cost_per_task', ''), 'log', toFloat64(ifNull(cost_usd, 0)), false, ''),
                    (if(calls > 0, 'calls_per_task', ''), 'log', toFloat64(calls), false, ''),
                    (if(calls > 0, 'tool_calls_per_task', ''), 'log', toFloat64(tool_calls), false, ''),
                    ('task_duration_seconds', 'log', (toUnixTimestamp64Nano(ended_at) - toUnixTimestamp64Nano(started_at)) / 1e9, false, '')
                ] AS items
                FROM {{table "task_rows"}} FINAL
                WHERE started_at >= lo AND started_at < hi AND intDiv(at, @seconds) * @seconds IN (@blocks)
                  AND closes_at <= fromUnixTimestamp64Milli(toInt64(@asof), 'UTC')
