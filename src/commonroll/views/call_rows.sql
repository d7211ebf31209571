-- Persons with a phone as a caller has them: the number that the state publishes, else the one that is claimed.
SELECT
    owners.owner, persons.voter_key, coalesce(nullif(persons.phone, ''), nullif(persons.claimed, '')) AS phone,
    nullif(concat_ws(' ', first_name, last_name, name_suffix), '') AS name,
    CASE WHEN age >= 75 THEN '75+' WHEN age >= 65 THEN '65-74' WHEN age >= 55 THEN '55-64' WHEN age >= 45 THEN '45-54'
        WHEN age >= 35 THEN '35-44' WHEN age >= 25 THEN '25-34' WHEN age >= 18 THEN '18-24' END AS age,
    language
FROM persons
JOIN owners USING (owner_no)
WHERE coalesce(nullif(persons.phone, ''), nullif(persons.claimed, '')) IS NOT NULL
ORDER BY owners.owner, persons.voter_key
