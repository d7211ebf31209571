-- Where each voter of a snapshot lives: the parts of the residence line, the address as a key, the household.
-- md5, not the engine's own hash: a stored key must outlive the engine's version.
WITH lived AS (
    SELECT state_voter_id, residence_line1 AS line, residence_unit AS unit_line,
        residence_city AS city, residence_zip5 AS zip5,
        CASE
            WHEN mail_line1 IS NULL AND mail_city IS NULL AND mail_country IS NULL THEN NULL
            WHEN mail_city IN ('APO', 'FPO', 'DPO') OR mail_state IN ('AA', 'AE', 'AP')
                OR regexp_matches(mail_line1, :military) THEN 'military'
            WHEN mail_country NOT IN ('US', 'USA', 'U S A', 'UNITED STATES', 'UNITED STATES OF AMERICA')
                THEN 'overseas'
            WHEN regexp_matches(replace(mail_line1, '.', ''), :po_box) THEN 'po_box'
            WHEN regexp_matches(mail_line1, :rural) THEN 'rural_route'
            WHEN regexp_matches(mail_line1, '^[0-9NSEW]') THEN 'street'
            ELSE 'unread'
        END AS mail_kind
    FROM read_parquet(:voters)
    WHERE NOT confidential AND (residence_line1 IS NOT NULL OR mail_line1 IS NOT NULL)
        AND state_voter_id NOT IN (SELECT state_voter_id FROM :suppressed WHERE channel = '')
),
parted AS MATERIALIZED (:parts),
streeted AS (
    SELECT *, :street_key AS street_key,
        coalesce(zip5, city, '') AS area
    FROM parted
),
keyed AS (
    SELECT *,
        CASE WHEN kind <> 'unread' THEN -- null where there is no line
            md5(concat_ws('|', kind, number, fraction, street_key, coalesce(unit, ''), area))
        END AS address_key
    FROM streeted
)
SELECT state_voter_id, kind, number, fraction, pre_direction, street, street_type, post_direction, unit_type, unit,
    city, zip5, sure, mail_kind, address_key,
    'H' || left(md5(concat_ws('|', :member, coalesce(address_key, state_voter_id))), 20) AS household_id,
    street_key, area
FROM keyed
