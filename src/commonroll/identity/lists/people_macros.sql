-- Functions that people.sql calls; made once per connection.
CREATE OR REPLACE TEMP MACRO plain_name(said) AS (
    CASE
        WHEN regexp_matches(said, '[0-9@\n\r]') THEN NULL
        WHEN trim(upper(said), ' .,-*?''') IN (
            '', 'UNKNOWN', 'UNK', 'N/A', 'NONE', 'NULL', 'TEST', 'ANONYMOUS', 'XXX', 'XX', 'NFN', 'NMN', 'NLN',
            'FNU', 'LNU', 'NO NAME', 'NOT PROVIDED', 'NOT GIVEN', 'FIRST', 'LAST', 'FIRST NAME', 'LAST NAME'
        ) THEN NULL
        ELSE nullif(trim(regexp_replace(
            regexp_replace(upper(replace(said, '’', '''')), '[."“”*?_]|[(].*[)]', ' ', 'g'), ' +', ' ', 'g'
        ), ' ,-'''), '')
    END
);
CREATE OR REPLACE TEMP MACRO ten_digits(said) AS
    regexp_extract(regexp_replace(regexp_replace(lower(said), ' *(x|ext).*$', ''), '[^0-9]', '', 'g'),
        '^1?([2-9][0-9]{2}[2-9][0-9]{6})$', 1);
CREATE OR REPLACE TEMP MACRO plain_phone(said) AS (
    CASE
        -- one digit again and again, 555-01xx of films, digits in their order
        WHEN ten_digits(said) = '' OR regexp_matches(ten_digits(said), '^(?:2{10}|3{10}|4{10}|5{10}|6{10}|7{10}|8{10}|9{10}|2345678901)$')
            THEN NULL
        ELSE '+1' || ten_digits(said)
    END
);
CREATE OR REPLACE TEMP MACRO plain_email(said) AS (
    CASE WHEN regexp_full_match(lower(trim(said)), '[^@ ,;]+@[^@ ,;]+[.][a-z]{2,}')
            AND NOT regexp_matches(lower(trim(said)), '^(none|no|noemail|test|na|n/a|unknown|email|null)@')
        THEN lower(trim(said)) END
);
