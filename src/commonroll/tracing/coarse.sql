SELECT avg((value % 10 = 0)::INT), avg((value % 1 = 0)::INT) FROM said
