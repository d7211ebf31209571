-- The file, in the order of its pieces; the code in groups that can be read out.
SELECT left(code, 3) || '-' || substr(code, 4, 4) || '-' || right(code, 4) AS return_code, salutation, people::INT AS people,
    address1, address2, address3, city, state, zip5, zip4, country
FROM pieces
ORDER BY piece
