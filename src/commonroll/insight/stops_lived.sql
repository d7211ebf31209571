-- Where voters live and where they have their mail, as `address_key.sql` takes them.
SELECT * FROM (
    SELECT state_voter_id AS voter, residence_line1 AS line, residence_unit AS unit_line, residence_city AS city,
        residence_zip5 AS zip5
    FROM :voters
    WHERE residence_line1 IS NOT NULL
    UNION ALL
    SELECT state_voter_id, mail_line1, mail_line2, mail_city, left(mail_zip, 5)
    FROM :voters
    WHERE mail_line1 IS NOT NULL
) :near
