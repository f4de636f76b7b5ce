"""The first step of the flow: makes a greeting."""


def run(input_data, context=None):
    """Takes {"name": text}, gives the greeting."""
    name = input_data["name"]
    print(f"greeting {name}")  # what a block prints becomes the log of its step
    return f"Hello, {name}!"
