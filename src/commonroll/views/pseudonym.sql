-- HMAC-SHA256 (RFC 2104) of a voter's id, hexadecimal. The blocks are the key padded to 64 bytes and combined with
-- 0x36 (inner) and 0x5c (outer); DuckDB has no keyed hash of its own.
CREATE OR REPLACE TEMPORARY MACRO commonroll_hmac(inner_block, outer_block, id) AS
    sha256(outer_block || unhex(sha256(inner_block || encode(id))))
