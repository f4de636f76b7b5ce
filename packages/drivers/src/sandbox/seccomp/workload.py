"""Uses what an honest Python block uses, and prints the names of what worked as JSON."""

import asyncio
import json
import multiprocessing
import os
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time


def use_threads():
    seen = []
    threads = [threading.Thread(target=seen.append, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(8))


def use_subprocess():
    assert subprocess.run(["/usr/bin/cat"], input=b"hello", capture_output=True, check=True).stdout == b"hello"
    grouped = subprocess.run(["/usr/bin/true"], start_new_session=True, close_fds=True, cwd="/tmp")
    assert grouped.returncode == 0


def use_sqlite():
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(os.path.join(folder, "a.db"))
        database.execute("pragma journal_mode=wal")
        database.execute("create table t (x)")
        database.executemany("insert into t values (?)", [(index,) for index in range(100)])
        database.commit()
        assert database.execute("select sum(x) from t").fetchone() == (4950,)
        database.close()


async def serve_and_call():
    path = os.path.join(tempfile.mkdtemp(), "s")

    async def serve(reader, writer):
        writer.write((await reader.readline()).upper())
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"hello\n")
    assert await reader.readline() == b"HELLO\n"
    writer.close()
    server.close()
    process = await asyncio.create_subprocess_exec("/usr/bin/cat", stdin=-1, stdout=-1)
    output, _ = await process.communicate(b"async")
    assert output == b"async"
    assert await asyncio.get_running_loop().run_in_executor(None, sum, [1, 2]) == 3
    await asyncio.wait_for(asyncio.sleep(0.001), 5)


def use_asyncio():
    asyncio.run(serve_and_call())


def double(value):
    return value * 2


def use_multiprocessing():
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        assert pool.map(double, range(4)) == [0, 2, 4, 6]
    queue = context.Queue()
    process = context.Process(target=queue.put, args=("done",))
    process.start()
    assert queue.get(timeout=10) == "done"
    process.join()
    spawned = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(0,))
    spawned.start()
    spawned.join()
    assert spawned.exitcode == 0


def use_files():
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x" * 100000)
        file.flush()
        os.fsync(file.fileno())
        os.chmod(file.name, 0o600)
        os.utime(file.name, (1, 1))
        assert os.stat(file.name).st_mtime == 1
    left, right = socket.socketpair()
    left.send(b"x")
    assert right.recv(1) == b"x"
    assert os.getrandom(4) and os.memfd_create("m") > 2 and os.sched_getaffinity(0)


def fail_dns():
    try:
        socket.getaddrinfo("example.com", 80)
    except OSError:
        return
    raise AssertionError("a name was resolved")


worked = []
for use in (use_threads, use_subprocess, use_sqlite, use_asyncio, use_multiprocessing, use_files, fail_dns):
    use()
    worked.append(use.__name__)
print(json.dumps(worked))
