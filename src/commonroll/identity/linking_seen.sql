-- Records that stand in a scored pair.
FROM records WHERE record IN (SELECT record_l FROM pairs UNION ALL SELECT record_r FROM pairs)
