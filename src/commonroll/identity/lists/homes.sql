-- Rows of a list whose last name and address stand on the roll, though the person does not: line, voters there, one of them.
-- Relations: `list_records`, `roll_records`, `hidden`. A row without a unit finds a home only in a building where
-- one home alone has that name.
WITH asked AS (
    SELECT record::BIGINT AS line, last_name, building, addrzip, unit FROM list_records
    WHERE last_name IS NOT NULL AND building IS NOT NULL
),
there AS (
    SELECT asked.line, roll.addrzip, count(*) AS voters, min(roll.record) AS voter
    FROM asked
    JOIN roll_records AS roll
        ON roll.building = asked.building AND roll.last_name = asked.last_name
        AND (asked.unit IS NULL OR roll.addrzip = asked.addrzip)
    ANTI JOIN hidden ON hidden.state_voter_id = roll.record
    GROUP BY ALL
)
SELECT line, any_value(voters) AS voters, any_value(voter) AS voter FROM there GROUP BY line HAVING count(*) = 1
