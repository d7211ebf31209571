-- Whom somebody meets at which door: keys alone. `owners`: owner_no, owner.
SELECT owner, voter_key AS state_voter_id, door
FROM door_persons
JOIN owners USING (owner_no)
JOIN doors_found USING (address_key)
ORDER BY door, owner, state_voter_id
