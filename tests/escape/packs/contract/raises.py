def _deeper(number):
    return 1 / number


def run(input_data):
    return _deeper(input_data)
