def run(input_data, context=None):
    plain = {key: value for key, value in context.items() if not callable(value)}
    return {"plain": plain, "functions": sorted(key for key, value in context.items() if callable(value))}
