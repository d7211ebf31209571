-- Records that are new or differ from those of the last linking (`before`).
SELECT member, record FROM prints ANTI JOIN before USING (member, record, print) ORDER BY member, record
