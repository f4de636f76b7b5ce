def run():
    return "nothing asked"
