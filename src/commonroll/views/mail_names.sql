-- Names as they are written on a letter: ANA-MARIA O'BRIEN as Ana-Maria O'Brien, MCDONALD as McDonald, JR as Jr.
CREATE OR REPLACE TEMP MACRO commonroll_proper(name) AS array_to_string(
    list_transform(
        regexp_extract_all(lower(trim(name)), '[^ ''-]+|[ ''-]'),
        lambda word: CASE
            WHEN regexp_matches(word, '^mc[a-z]{3,}$') THEN 'Mc' || upper(word[3]) || word[4:]
            ELSE upper(word[1]) || word[2:]
        END
    ), ''
);
CREATE OR REPLACE TEMP MACRO commonroll_suffix(suffix) AS CASE
    WHEN upper(trim(suffix, '. ')) IN ('JR', 'SR') THEN commonroll_proper(trim(suffix, '. ')) || '.'
    ELSE upper(trim(suffix, '. '))
END;
