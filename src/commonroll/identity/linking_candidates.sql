-- Registrants whose link record may not be what it was: they are new, or written otherwise; a value of theirs is
-- crowded since, or no longer; or they live elsewhere than on the roll before, then (`earlier`, where that is not
-- the roll of the last linking) or when their record was made.
WITH flipped AS (
    (FROM crowds EXCEPT FROM crowds_before) UNION ALL (FROM crowds_before EXCEPT FROM crowds)
)
SELECT record FROM differing WHERE NOT gone
UNION
SELECT record FROM prints WHERE birth_date_key IN (SELECT key FROM flipped WHERE kind = 'birth_date')
UNION
SELECT record FROM prints WHERE phone_key IN (SELECT key FROM flipped WHERE kind = 'phone')
UNION
SELECT record FROM prints WHERE email_key IN (SELECT key FROM flipped WHERE kind = 'email')
UNION
SELECT record FROM prints WHERE address_key IN (SELECT key FROM flipped WHERE kind = 'address')
UNION
SELECT record FROM records_before WHERE addrzip_before IS NOT NULL
UNION
SELECT state_voter_id FROM earlier AS e JOIN voters AS v USING (state_voter_id)
WHERE (e.residence_line1, e.residence_zip5) IS DISTINCT FROM (v.residence_line1, v.residence_zip5)
