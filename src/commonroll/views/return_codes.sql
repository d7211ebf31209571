-- Codes on pieces of mail, as `return_codes` says: the last character of a code from the others, and a code as typed.
CREATE OR REPLACE TEMP MACRO commonroll_check(body) AS ':alphabet'[
    (list_sum(list_transform(
        range(1, length(body) + 1), lambda i: i * (instr(':alphabet', body[i]) - 1)
    )) % :base)::INT + 1
];
CREATE OR REPLACE TEMP MACRO commonroll_code(typed) AS upper(regexp_replace(typed, '[\s-]', '', 'g'));
