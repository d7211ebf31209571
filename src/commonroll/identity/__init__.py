"""Who is the same person, and how sure that is: records, models, links, verdicts, judgements, persons."""
