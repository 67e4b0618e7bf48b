print(factor(2^67-1))
