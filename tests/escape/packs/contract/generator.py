def run(input_data):
    for part in input_data:
        yield {"part": part}
