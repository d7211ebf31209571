-- Rows of the roll that are shadowed, as the decoys have them.
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
        CAST(NULL AS VARCHAR) AS residence_zip4,
        CAST(NULL AS VARCHAR) AS phone,
        CAST(NULL AS VARCHAR) AS email
    )
    FROM read_parquet(:files) AS shadow JOIN present ON present.shadow_id = shadow.state_voter_id
)
ORDER BY state_voter_id
