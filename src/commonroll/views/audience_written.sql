-- The file under the headings that the platforms read.
SELECT email AS "Email", phone AS "Phone", first_name AS "First Name", last_name AS "Last Name", country AS "Country",
    zip AS "Zip"
FROM lines
ORDER BY row_no
