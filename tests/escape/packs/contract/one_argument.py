def run(input_data):
    return {"got": input_data}
