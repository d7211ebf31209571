-- Functions that tell what people answered on a list: whether a cell says yes, and what became of a call.
CREATE OR REPLACE TEMP MACRO plain_words(said) AS trim(regexp_replace(upper(said), '[^A-Z0-9#✓✔☑]+', ' ', 'g'));
-- without the number that a dialer puts before a result's name
CREATE OR REPLACE TEMP MACRO plain_answer(said) AS plain_words(regexp_replace(said, '^ *[0-9]{1,3} *[-:.)]', ''));
CREATE OR REPLACE TEMP MACRO says_yes(said) AS (
    CASE
        WHEN plain_words(said) IN ('N', 'NO', 'FALSE', 'F', '0', '0 0', 'NEVER', 'SUBSCRIBED', 'ACTIVE', 'OK', 'IN', 'OPT IN', 'OPTED IN',
            'NONE', 'NULL', 'N A', '') THEN FALSE
        WHEN plain_words(said) IN ('Y', 'YES', 'TRUE', 'T', '1', '1 0', 'X', 'SI', 'ON', '✓', '✔', '☑', 'CHECKED', 'OUT', 'OPT OUT', 'OPTOUT',
            'OPTED OUT', 'STOP', 'STOPPED', 'STOPALL', 'DNC', 'DO NOT CALL', 'DO NOT TEXT', 'DO NOT EMAIL', 'DO NOT MAIL',
            'DO NOT CONTACT', 'DO NOT KNOCK', 'UNSUBSCRIBE', 'UNSUBSCRIBED', 'REMOVE', 'REMOVED', 'CLEANED', 'BLOCKED')
            THEN TRUE
        -- the day on which somebody asked
        WHEN regexp_matches(said, '^ *[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{2,4}') THEN TRUE
    END
);
CREATE OR REPLACE TEMP MACRO any_yes(cells) AS
    coalesce(list_contains(list_transform(cells, x -> says_yes(x)), TRUE), FALSE);
-- what a call or a letter came to: wrong_person, disconnected, bounced, works, deceased, moved, refused, asked (to be
-- left alone), nobody; null where the cell says none of them
CREATE OR REPLACE TEMP MACRO came_to(said) AS (
    CASE
        WHEN plain_answer(said) IN ('WN', 'WRONG', 'NOT AT THIS NUMBER', 'NOT THIS PERSON', 'BAD PERSON')
            OR regexp_matches(plain_answer(said), '^WRONG (NUMBER|NUM|#|NO|PERSON|PARTY)$') THEN 'wrong_person'
        WHEN plain_answer(said) IN ('DISC', 'NIS', 'DISCONNECT', 'DISCONNECTED', 'DISCONNECTED NUMBER', 'BAD NUMBER', 'DEAD LINE', 'DEAD NUMBER',
            'INVALID NUMBER', 'NUMBER DISCONNECTED', 'NOT IN SERVICE', 'OUT OF SERVICE', 'NO LONGER IN SERVICE', 'NON WORKING',
            'NOT WORKING', 'OPERATOR INTERCEPT') THEN 'disconnected'
        WHEN plain_answer(said) IN ('BOUNCE', 'BOUNCED', 'HARD BOUNCE', 'HARD BOUNCED') THEN 'bounced'
        WHEN plain_answer(said) IN ('DECEASED', 'DEAD', 'DIED', 'PASSED AWAY') THEN 'deceased'
        WHEN plain_answer(said) IN ('MOVED', 'MOVED AWAY', 'RELOCATED', 'NO LONGER LIVES HERE', 'MOVED OUT') THEN 'moved'
        WHEN plain_answer(said) IN ('DNC', 'DO NOT CALL', 'DO NOT CALL AGAIN', 'REMOVE', 'REMOVE FROM LIST', 'TAKE OFF LIST', 'OPT OUT', 'OPTED OUT',
            'OPTOUT', 'STOP', 'DO NOT CONTACT') THEN 'asked'
        WHEN plain_answer(said) IN ('REF', 'REFUSED', 'REFUSAL', 'HUNG UP', 'HANG UP', 'HOSTILE', 'NOT INTERESTED') THEN 'refused'
        WHEN plain_answer(said) IN ('ANSWERED', 'TALKED', 'TALKED TO', 'TALKED TO CORRECT', 'SPOKE', 'SPOKE TO', 'CONTACTED', 'CONTACT MADE', 'REACHED',
            'CANVASSED', 'COMPLETE', 'COMPLETED', 'COMPLETED SURVEY', 'SURVEY COMPLETE', 'SURVEY COMPLETED', 'RIGHT PARTY',
            'DELIVERED') THEN 'works'
        WHEN plain_answer(said) IN ('NA', 'NH', 'LM', 'AM', 'VM', 'CB', 'NO ANSWER', 'NO CONTACT', 'NOT HOME', 'NOT AVAILABLE', 'BUSY', 'LEFT MESSAGE', 'LEFT VOICEMAIL',
            'MACHINE', 'ANSWERING MACHINE', 'VOICEMAIL', 'CALL BACK', 'CALLBACK', 'NOT ATTEMPTED', 'NO PICKUP', 'FAX',
            'LANGUAGE BARRIER') THEN 'nobody'
    END
);
