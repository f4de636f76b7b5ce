import subprocess
import sys


def run(input_data):
    print(input_data["text"])
    print("to stderr", file=sys.stderr)
    sys.stdout.write("no newline")
    subprocess.run([sys.executable, "-I", "-S", "-c", "print('from a subprocess')"], check=True)
    return {"name": input_data["text"]}
