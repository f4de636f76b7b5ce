def walk(input_data):
    return input_data
