-- Lines of the ledger that the rule of persons.sql would leave as they are: registrants who are the founders of their
-- ids, alone under them, and about whom nothing is new. Given: whole (the table `persons`), roll(member, record,
-- registered_on), grouped, apart, arrived(record: who is new on the roll), renamed(record: ids that a load turned).
-- Made: ledger and registrants that the rule is for, carried.
CREATE OR REPLACE TEMP VIEW known AS
SELECT *, founded AND "by" = 'rule' AND until IS NULL AND state_voter_id = origin_id AS single FROM whole;

CREATE OR REPLACE TEMP TABLE asked AS
FROM (
    SELECT record FROM grouped
    UNION SELECT record_l FROM apart UNION SELECT record_r FROM apart
    UNION SELECT record FROM arrived UNION SELECT record FROM renamed
    UNION SELECT state_voter_id FROM known WHERE NOT single
    UNION SELECT origin_id FROM known WHERE NOT single
) WHERE record IS NOT NULL;

CREATE OR REPLACE TEMP VIEW lines AS
SELECT * EXCLUDE (single), single AND state_voter_id NOT IN (FROM asked) AS plain FROM known;

CREATE OR REPLACE TEMP TABLE ids AS
SELECT person_id FROM lines WHERE NOT plain
UNION SELECT former_id FROM lines WHERE NOT plain AND former_id IS NOT NULL;

CREATE OR REPLACE TEMP VIEW carried AS
SELECT * EXCLUDE (plain) FROM lines WHERE plain AND person_id NOT IN (FROM ids);

CREATE OR REPLACE TEMP TABLE ledger AS
SELECT * EXCLUDE (plain) FROM lines WHERE NOT plain OR person_id IN (FROM ids);

CREATE OR REPLACE TEMP TABLE registrants AS
FROM roll WHERE record IN (SELECT record FROM asked UNION ALL SELECT state_voter_id FROM ledger)
