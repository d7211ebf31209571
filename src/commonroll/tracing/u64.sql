-- The code's 64 bits of a label and a row (code.u64): HMAC-SHA256 over both with a zero byte between them.
CREATE OR REPLACE TEMPORARY MACRO commonroll_u64(inner_block, outer_block, label, id) AS
    CAST('0x' || left(commonroll_hmac(inner_block, outer_block, label || chr(0) || id), 16) AS UBIGINT)
