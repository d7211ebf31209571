SELECT count(*) FILTER (new.value IS NOT NULL AND old.value IS NULL) AS added,
       count(*) FILTER (new.value > old.value) AS "increasedBy",
       count(*) FILTER (new.value < old.value) AS "decreasedBy",
       count(*) FILTER (new.value IS NULL AND old.value IS NOT NULL) AS "nulledOut"
FROM new_scores AS new LEFT JOIN old_scores AS old USING (owner, state_voter_id)
