-- The latest label of each prediction by the hour of the prediction and by how long after it the truth was told: the index of the first of
-- the ages of quality.LabelAges that it is younger than, from 1, 0 for older ones.
SELECT product, toStartOfHour(minute) AS hour, arrayFirstIndex(h -> dateDiff('second', minute, toDateTime(at)) < h, @ages) AS age,
       count(), countIf(if(predicted != '', predicted = label, guess = yes)),
       countIf(known AND guess AND yes), countIf(known AND guess AND NOT yes), countIf(known AND NOT guess AND yes), countIf(known AND NOT guess AND NOT yes)
FROM
(
    SELECT product, minute, at, predicted, label, truth IS NOT NULL AS known, ifNull(truth, 0) = 1 AS yes,
           multiIf(predicted IN ('1', '1.0', 'true', 'yes', 'positive'), true, predicted IN ('0', '0.0', 'false', 'no', 'negative'), false, ifNull(probability, 0) >= 0.5) AS guess
    FROM {{table "said_rows"}} FINAL
    WHERE kind = 'label' AND product != '' AND label != '' AND (predicted != '' OR probability IS NOT NULL)
      AND minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC')){{.Side}}
    ORDER BY at DESC, id
    LIMIT 1 BY product, name, if(target = '', id, target)
)
GROUP BY product, hour, age
