import time


def run(request):
    time.sleep(request["seconds"])
    return request.get("answer", "late")
