-- A fingerprint of each link record, so that the next linking knows who changed without keeping any name.
-- md5, not the engine's own hash: what is kept must outlive the engine's version.
SELECT member, record, md5(r::VARCHAR) AS print FROM records AS r ORDER BY member, record
