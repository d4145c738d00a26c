-- Predictions whose truth is known, each once by its latest label, by the hour of the prediction.
SELECT product, toStartOfHour(minute) AS hour, predicted, label, if(probability IS NULL OR truth IS NULL, 255, toUInt8(least(99, floor(ifNull(probability, 0) * 100)))) AS bin,
       count(), sum(ifNull(probability, 0) AS p), sum(ifNull(truth, 0) AS y), sum(p * (1 - p)), sum((p - y) * (p - y)), sum(pow(p - y, 4))
FROM
(
    SELECT product, minute, predicted, label, probability, truth
    FROM {{table "said_rows"}} FINAL
    WHERE kind = 'label' AND product != '' AND label != '' AND (predicted != '' OR probability IS NOT NULL)
      AND minute >= fromUnixTimestamp64Milli(toInt64(@from), 'UTC') AND toStartOfHour(minute) IN (SELECT toDateTime(arrayJoin(@hours), 'UTC')){{.Side}}
    ORDER BY at DESC, id
    LIMIT 1 BY product, name, if(target = '', id, target)
)
GROUP BY product, hour, predicted, label, bin
