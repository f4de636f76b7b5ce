def run(input_data, context=None):
    return {"hello": input_data}
