-- Ids whose record is not what the base says, or that have left.
FROM replaced_before UNION SELECT record FROM changed UNION FROM gone
