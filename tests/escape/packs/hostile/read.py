def run(path):
    with open(path, "rb") as file:
        return file.read().decode("utf-8", "replace")
