                SELECT toUnixTimestamp(minute) AS at, trace_id, toString(product) AS product, slices,
                [
                    (if(passed IS NOT NULL AND kind IN ('evaluation', 'feedback'), concat(name, if(endsWith(name, '_rate'), '', '_rate')), ''), 'category', 0., false,
                        if(ifNull(passed, false), 'pass', 'fail')),
                    (if(value IS NOT NULL AND kind IN ('evaluation', 'feedback') AND ifNull(value, -1.) BETWEEN 0 AND 1, concat(name, '_score'), ''), 'unit', ifNull(value, 0.), false, '')
                ] AS items
                FROM {{table "said_rows"}} FINAL
                WHERE minute >= toDateTime(intDiv(@from, 1000), 'UTC') AND minute < toDateTime(intDiv(@until, 1000), 'UTC') AND intDiv(at, @seconds) * @seconds IN (@blocks) AND matched AND anchor = '' AND product != ''
