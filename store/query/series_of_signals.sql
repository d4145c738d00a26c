                SELECT minute, toString(product) AS product, slices, false, false, false,
                [
                    (if(passed IS NOT NULL AND kind IN ('evaluation', 'feedback'), concat(name, if(endsWith(name, '_rate'), '', '_rate')), ''), 'category', 0., false,
                        if(ifNull(passed, false), 'pass', 'fail')),
                    (if(value IS NOT NULL AND kind IN ('evaluation', 'feedback') AND ifNull(value, -1.) BETWEEN 0 AND 1, concat(name, '_score'), ''), 'unit', ifNull(value, 0.), false, '')
                ]
                FROM {{table "said_rows"}} FINAL
                WHERE minute IN (SELECT toDateTime(arrayJoin(@minutes), 'UTC')) AND matched
