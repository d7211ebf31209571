CREATE OR REPLACE TEMP TABLE traced (line BIGINT, state_voter_id VARCHAR, decoy BOOLEAN, way VARCHAR)
