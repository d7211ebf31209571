-- Rows of the roll that are shadowed, as the decoys have them. Nothing by which the shadowed voter could be reached
-- is on a decoy; what the owner put on it is. Where the shadowed voter has its mail at home the decoy has it at its own.
SELECT :columns FROM (
    SELECT shadow.* REPLACE (
        present.state_voter_id AS state_voter_id,
        CASE WHEN shadow.county_voter_id IS NOT NULL THEN present.county_voter_id END AS county_voter_id,
        present.first_name AS first_name,
        present.middle_name AS middle_name,
        present.last_name AS last_name,
        CAST(NULL AS VARCHAR) AS name_suffix,
        present.birth_date AS birth_date,
        present.residence_line1 AS residence_line1,
        nullif(coalesce(present.residence_unit, shadow.residence_unit), '') AS residence_unit,
        CAST(NULL AS VARCHAR) AS residence_zip4,
        coalesce(reached.mail_line1, if(at_home, present.residence_line1, NULL)) AS mail_line1,
        CAST(NULL AS VARCHAR) AS mail_line2,
        CAST(NULL AS VARCHAR) AS mail_line3,
        if(reached.mail_line1 IS NULL AND at_home, shadow.mail_city, reached.mail_city) AS mail_city,
        if(reached.mail_line1 IS NULL AND at_home, shadow.mail_state, reached.mail_state) AS mail_state,
        if(reached.mail_line1 IS NULL AND at_home, left(shadow.mail_zip, 5), reached.mail_zip) AS mail_zip,
        CAST(NULL AS VARCHAR) AS mail_country,
        reached.phone AS phone,
        reached.email AS email
    )
    FROM (
        SELECT *, mail_line1 = residence_line1 AND left(mail_zip, 5) = residence_zip5 AS at_home
        FROM read_parquet(:files)
    ) AS shadow
    JOIN present ON present.shadow_id = shadow.state_voter_id
    LEFT JOIN reached ON reached.state_voter_id = present.state_voter_id
)
ORDER BY state_voter_id
