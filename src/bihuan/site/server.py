"""The web server with its background worker beside it, in one command."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from bihuan.site.orphan import end_with

# Requests that are being worked on at once by one process; each holds a database connection.
THREADS = 4
#: Held while a process is started. Granian's own fork would otherwise inherit the pipe on which the start of another waits
#: for its end, and keep it open: the worker's supervisor would wait for ever, and nobody start the worker anew.
starting = threading.Lock()
os.register_at_fork(before=starting.acquire, after_in_parent=starting.release, after_in_child=starting.release)


def serve(host: str, port: int, *, processes: int, worker: bool, ready: Callable[[], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, with the background worker or without; `ready` is called once, when the first request
    can be answered."""
    refuse_taken_port(host, port)
    server = Granian(
        "bihuan.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,
        backpressure=256,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    )
    # Granian reloads on SIGHUP; here it means that the terminal has been closed.
    server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
    threading.Thread(target=call_when_listening, args=(host, port, ready), daemon=True).start()
    with background_worker() if worker else nullcontext():
        server.serve(target_loader=partial(load_application, os.getpid()), wrap_loader=False)


def load_application(parent: int) -> Callable[..., Any]:
    """Called in Granian's own process. Like the worker it leaves the terminal's process group: Granian passes Ctrl-C
    on to it, and hangs where the signal comes twice."""
    os.setpgrp()
    end_with(parent, lambda: os._exit(1))
    from bihuan.site.wsgi import application

    return application


def refuse_taken_port(host: str, port: int) -> None:
    """Granian shares a taken port without a word, and two products would answer by turns."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SystemExit(f"Cannot listen at {host}:{port} ({error.strerror}); see --port and --host.") from error


def call_when_listening(host: str, port: int, ready: Callable[[], None]) -> None:
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return ready()


@contextmanager
def background_worker() -> Iterator[None]:
    stopping = threading.Event()
    supervisor = threading.Thread(target=keep_worker_running, args=(stopping,))
    supervisor.start()
    try:
        yield
    finally:
        stopping.set()
        supervisor.join()


def keep_worker_running(stopping: threading.Event) -> None:
    while not stopping.is_set():
        # In a session of its own, so that Ctrl-C reaches it through us and not in the middle of a job.
        command = [sys.executable, "-m", "bihuan", "work", "--parent", str(os.getpid())]
        with starting:
            worker = subprocess.Popen(command, start_new_session=True)
        while worker.poll() is None and not stopping.wait(0.2):
            pass
        if worker.poll() is None:
            stop(worker)
        elif not stopping.is_set():
            with suppress(OSError):  # the log may lie on the very disk that is full
                print(f"The background worker ended ({worker.returncode}); another starts in 5 s.", file=sys.stderr)
            stopping.wait(5)


def stop(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.wait(timeout=10)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
