-- The rows of a list as people: names, birth, place and ways to reach them as the roll writes them, null where
-- a cell says nothing. Parameters: $formats (of dates), $serial (dates are spreadsheet numbers), $ambiguous (day
-- and month cannot be told apart: the year alone counts), $last_first (whole names begin with the last name),
-- $dated_on, $state_names and $state_codes (in the same order), $home_state (of the roll).
-- `listed` has line and one text column per role; phones, emails and opt-outs as lists of texts.
WITH named AS (
    SELECT
        *,
        nullif(trim(regexp_replace(regexp_replace(regexp_replace(
            upper(replace(full_name, '’', '''')),
            '[(\["“].*?[)\]"”]|[."“”*]', ' ', 'g'),
            '^ *(MR|MRS|MS|MISS|MX|DR|REV|HON|PROF)( AND (MR|MRS|MS|DR))? +', ''),
            ' +', ' ', 'g')), '') AS whole
    FROM listed
),
titled AS (
    SELECT
        *,
        regexp_replace(regexp_replace(whole, '[, ]+(PHD|PH D|MD|M D|ESQ|CPA|DDS|RN|JD|DVM|EDD|RET)$', ''), ' ?, ?', ', ', 'g')
            AS person,
        regexp_matches(whole, ' (AND|&|[+]) |&| / ') AS two_people,
        regexp_matches(
            whole,
            '(^| )(LLC|INC|CORP|LLP|PAC|LTD|COMMITTEE|FOUNDATION|ASSOCIATION|HOUSEHOLD|RESIDENT|OCCUPANT)$'
            || '|^(COMMITTEE|FRIENDS OF|ESTATE OF|CITIZENS FOR|THE) '
        ) AS organization
    FROM named
),
cut AS (
    SELECT
        *,
        coalesce(
            nullif(regexp_extract(person, '[, ]+(JR|SR|II|III|IV|V)$', 1), ''),
            nullif(regexp_extract(person, '^[^,]* (JR|SR|II|III|IV|V),', 1), '')
        ) AS person_suffix,
        regexp_replace(regexp_replace(person, '[, ]+(JR|SR|II|III|IV|V)$', ''), '^([^,]*) (JR|SR|II|III|IV|V),', '\1,')
            AS bare
    FROM titled
),
parted AS (
    SELECT
        *,
        coalesce(two_people OR organization, FALSE) AS no_person,
        contains(bare, ',') AS comma,
        string_split(trim(CASE
            WHEN contains(bare, ',') THEN regexp_replace(bare, '^[^,]*, *', '')
            WHEN $last_first THEN regexp_replace(bare, '^((DE LA|DE LOS|DE LAS|DEL|DE|LA|VAN DER|VAN DEN|VAN|VON|ST|SAN|DI|DA|LE|MC|AL) )?[^ ]+ ?', '')
            ELSE regexp_replace(bare, ' ((DE LA|DE LOS|DE LAS|DEL|DE|LA|VAN DER|VAN DEN|VAN|VON|ST|SAN|DI|DA|LE|MC|AL) )?[^ ]+$', '')
        END), ' ') AS given,
        trim(CASE
            WHEN contains(bare, ',') THEN regexp_extract(bare, '^([^,]*),', 1)
            WHEN NOT contains(bare, ' ') THEN ''
            WHEN $last_first THEN regexp_extract(bare, '^((?:(?:DE LA|DE LOS|DE LAS|DEL|DE|LA|VAN DER|VAN DEN|VAN|VON|ST|SAN|DI|DA|LE|MC|AL) )?[^ ]+)', 1)
            ELSE regexp_extract(bare, ' ((?:(?:DE LA|DE LOS|DE LAS|DEL|DE|LA|VAN DER|VAN DEN|VAN|VON|ST|SAN|DI|DA|LE|MC|AL) )?[^ ]+)$', 1)
        END) AS family
    FROM cut
),
spoken AS (
    SELECT
        *,
        coalesce(plain_name(first_name), CASE WHEN NOT no_person THEN plain_name(given[1]) END) AS first_words,
        coalesce(
            plain_name(middle_name),
            CASE WHEN NOT no_person AND first_name IS NULL THEN plain_name(array_to_string(given[2:], ' ')) END
        ) AS middle_words,
        -- two people of one last name still are a household
        coalesce(
            plain_name(last_name), CASE WHEN NOT coalesce(organization, FALSE) THEN plain_name(family) END
        ) AS last_words
    FROM parted
),
born AS (
    SELECT
        *,
        nullif(trim(regexp_replace(upper(birth_date), '[ T][0-9]{1,2}:[0-9]{2}.*$', '')), '') AS birth_text
    FROM spoken
),
dated AS (
    SELECT
        *,
        CASE
            WHEN $serial AND regexp_full_match(birth_text, '[0-9]{4,5}([.]0)?')
                THEN DATE '1899-12-30' + try_cast(try_cast(birth_text AS DOUBLE) AS INTEGER)
            WHEN regexp_full_match(birth_text, '[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}')
                THEN try_strptime(regexp_replace(birth_text, '[-. ]', '/', 'g'), $formats)::DATE
            WHEN regexp_full_match(birth_text, '[0-9]{8}') THEN try_strptime(birth_text, ['%Y%m%d', '%m%d%Y'])::DATE
            ELSE try_strptime(
                regexp_replace(birth_text, '[ ,.-]+', ' ', 'g'),
                ['%B %d %Y', '%b %d %Y', '%d %B %Y', '%d %b %Y', '%d %b %y']
            )::DATE
        END AS said_date,
        try_cast(nullif(regexp_extract(birth_text, '^((?:19|20)[0-9]{2})([.]0)?$|^[0-9]{1,2}/((?:19|20)[0-9]{2})$', 1), '') AS SMALLINT)
            AS said_year
    FROM born
),
aged AS (
    SELECT
        * EXCLUDE (said_date),
        -- a year of two digits that lies ahead is of the century before
        CASE WHEN said_date > $dated_on AND NOT regexp_matches(birth_text, '[0-9]{4}')
            THEN (said_date - INTERVAL 100 YEAR)::DATE ELSE said_date END AS said_date
    FROM dated
),
placed AS (
    SELECT
        *,
        coalesce(upper(full_address), upper(place)) AS place_text,
        nullif(trim(regexp_replace(upper(coalesce(
            address,
            nullif(concat_ws(' ', regexp_replace(house_number, '[.]0$', ''), street_name), '')
        )), '[ \n\r\t]+', ' ', 'g')), '') AS line1
    FROM aged
),
located AS (
    SELECT
        *,
        regexp_extract(place_text, '([0-9]{5})(?:-?[0-9]{4})? *$', 1) AS place_zip,
        regexp_extract(place_text, '[, ]([A-Z]{2})[, .]*[0-9]{5}(?:-?[0-9]{4})? *$', 1) AS place_state,
        trim(regexp_replace(place_text, '[, ]+[A-Z]{2}[, .]*[0-9]{5}(-?[0-9]{4})? *$', '')) AS place_rest,
        regexp_replace(regexp_replace(trim(zip), '[.]0$', ''), '[ -]+$', '') AS zip_text,
        coalesce(
            $state_codes[list_position($state_names, upper(replace(trim(state), '.', '')))],
            CASE WHEN list_contains($state_codes, upper(replace(trim(state), '.', '')))
                THEN upper(replace(trim(state), '.', '')) END
        ) AS state_code
    FROM placed
)
SELECT
    line,
    nullif(trim(regexp_replace(upper(voter_id), '[.]0$', '')), '') AS voter_id,
    CASE WHEN regexp_full_match(first_words, '[^ ]+ [A-Z]') AND middle_words IS NULL
        THEN split_part(first_words, ' ', 1) ELSE first_words END AS first_name,
    CASE WHEN regexp_full_match(first_words, '[^ ]+ [A-Z]') AND middle_words IS NULL
        THEN split_part(first_words, ' ', 2) ELSE middle_words END AS middle_name,
    nullif(regexp_replace(last_words, '[, ]+(JR|SR|II|III|IV)$', ''), '') AS last_name,
    coalesce(
        nullif(regexp_replace(upper(suffix), '[., ]', '', 'g'), ''),
        person_suffix,
        nullif(regexp_extract(last_words, '[, ](JR|SR|II|III|IV)$', 1), '')
    ) AS name_suffix,
    CASE WHEN NOT $ambiguous AND said_date BETWEEN DATE '1900-01-02' AND $dated_on THEN said_date
        WHEN $ambiguous AND said_date BETWEEN DATE '1900-01-02' AND $dated_on
            AND (day(said_date) > 12 OR day(said_date) = month(said_date)) THEN said_date
    END AS birth_date,
    coalesce(
        CASE WHEN said_date BETWEEN DATE '1900-01-02' AND $dated_on THEN year(said_date) END,
        CASE WHEN said_year BETWEEN 1901 AND year($dated_on) THEN said_year END,
        CASE WHEN try_cast(birth_year AS DOUBLE) BETWEEN 1901 AND year($dated_on)
            THEN try_cast(birth_year AS DOUBLE)::SMALLINT END
    )::SMALLINT AS birth_year,
    CASE WHEN try_cast(age AS DOUBLE) BETWEEN 1 AND 115 THEN try_cast(age AS DOUBLE)::SMALLINT END AS age,
    CASE upper(trim(sex))
        WHEN 'F' THEN 'female' WHEN 'FEMALE' THEN 'female' WHEN 'W' THEN 'female' WHEN 'WOMAN' THEN 'female'
        WHEN 'M' THEN 'male' WHEN 'MALE' THEN 'male' WHEN 'MAN' THEN 'male'
    END AS sex,
    coalesce(line1, CASE WHEN full_address IS NOT NULL THEN nullif(trim(CASE
        WHEN contains(place_rest, ',') THEN regexp_replace(place_rest, ',[^,]*$', '') ELSE place_rest
    END), '') END) AS residence_line1,
    nullif(upper(trim(unit)), '') AS residence_unit,
    nullif(coalesce(upper(trim(city)), trim(CASE
        WHEN full_address IS NULL THEN place_rest
        WHEN contains(place_rest, ',') THEN regexp_extract(place_rest, ',([^,]*)$', 1)
    END)), '') AS residence_city,
    coalesce(state_code, CASE WHEN list_contains($state_codes, place_state) THEN place_state END)
        AS residence_state,
    nullif(nullif(coalesce(
        nullif(regexp_extract(zip_text, '^([0-9]{5})(-?[0-9]{4})?$', 1), ''),
        -- a spreadsheet took the zero in front away
        CASE WHEN regexp_full_match(zip_text, '[0-9]{4}')
            AND coalesce(state_code, $home_state) IN ('CT', 'MA', 'ME', 'NH', 'NJ', 'RI', 'VT')
            THEN '0' || zip_text END,
        nullif(place_zip, '')
    ), '00000'), '99999') AS residence_zip5,
    nullif(upper(trim(county)), '') AS county_name,
    list_distinct(list_filter(list_transform(phones, x -> plain_phone(x)), x -> x IS NOT NULL)) AS phones,
    list_distinct(list_filter(list_transform(emails, x -> plain_email(x)), x -> x IS NOT NULL)) AS emails,
    coalesce(two_people, FALSE) AS two_people,
    coalesce(organization, FALSE) AS organization,
    list_distinct(list_filter([
        CASE WHEN any_yes(optouts) THEN 'all' END,
        CASE WHEN any_yes(optout_phones) OR came_to(outcome) = 'asked' THEN 'phone' END,
        CASE WHEN any_yes(optout_texts) THEN 'text' END,
        CASE WHEN any_yes(optout_emails) THEN 'email' END,
        CASE WHEN any_yes(optout_mails) THEN 'mail' END,
        CASE WHEN any_yes(optout_doors) THEN 'door' END
    ], x -> x IS NOT NULL)) AS optouts,
    came_to(outcome) AS outcome
FROM located
