-- An id without what programs put into it or take away: case, separators, zeros in front, a spreadsheet's `.0`.
CREATE OR REPLACE TEMPORARY MACRO bare_id(text) AS
    ltrim(regexp_replace(upper(regexp_replace(text, '[.]0+$', '')), '[^A-Z0-9]', '', 'g'), '0');
-- A number as a leak may write it: 63.2, 63,2, 63.2 %, +63.2.
CREATE OR REPLACE TEMPORARY MACRO number_said(text) AS
    try_cast(replace(regexp_replace(trim(text), '^[+]|[ %]+$', '', 'g'), ',', '.') AS DOUBLE);
CREATE OR REPLACE TEMPORARY MACRO bare_line(text) AS
    regexp_replace(upper(text), '[^A-Z0-9]', '', 'g')
