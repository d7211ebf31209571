-- A code for each row of `pieces` that has none: the file's characters, seven drawn for the piece, the check.
UPDATE pieces SET code = fresh.body || commonroll_check(fresh.body)
FROM (
    SELECT piece, $file || array_to_string(
        list_transform(range(0, :places), lambda i: ':alphabet'[(drawn // (:base ** i)::UBIGINT % :base)::INT + 1]), ''
    ) AS body
    FROM (
        SELECT piece,
            ('0x' || left(commonroll_hmac($inner, $outer, piece || '/' || $round), 15))::UBIGINT AS drawn
        FROM pieces
        WHERE code IS NULL
    )
) AS fresh
WHERE pieces.piece = fresh.piece
