CREATE OR REPLACE TEMP TABLE scored_said AS
SELECT * FROM (:anchors) WHERE state_voter_id IN (SELECT state_voter_id FROM said)
