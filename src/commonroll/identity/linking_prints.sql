-- A fingerprint of each link record, so that the next linking knows who changed without keeping any name. The
-- engine's own hash is fast; a linking by another version of the engine compares everything (`Linked.engine`).
SELECT member, record, hash(r) AS print FROM records AS r ORDER BY member, record
