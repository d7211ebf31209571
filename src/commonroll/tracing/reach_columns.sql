-- What stands on decoys, as columns of `voters`. `stands`: rows of REACH that were not taken back.
CREATE OR REPLACE TEMP TABLE reached AS
SELECT state_voter_id,
    max(value) FILTER (kind = 'phone') AS phone,
    max(value) FILTER (kind = 'email') AS email,
    max(value) FILTER (kind = 'mail') AS mail_line1,
    max(city) FILTER (kind = 'mail') AS mail_city,
    max(region) FILTER (kind = 'mail') AS mail_state,
    max(zip) FILTER (kind = 'mail') AS mail_zip
FROM stands
GROUP BY state_voter_id
