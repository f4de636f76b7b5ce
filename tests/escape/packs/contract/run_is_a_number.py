run = 7
