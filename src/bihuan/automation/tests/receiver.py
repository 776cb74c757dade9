"""A receiver of webhooks: a real HTTP server on this machine that answers as it is told and keeps what it got."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Got:
    """A message as it arrived."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> Any:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """As any receiver checks it, by the words of the specification."""
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mine = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return mine in self.headers["webhook-signature"].split(" ")


class Receiver:
    """Answers each message with the next of `answers`, then with `always`: a status, "hang" or "close"."""

    def __init__(self, *answers: int | str, always: int | str = 200) -> None:
        self.got: list[Got] = []
        self.answers, self.always = list(answers), always
        self._lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    return  # its sender was killed in the middle of it: nothing has arrived
                with receiver._lock:
                    headers = {name.lower(): text for name, text in self.headers.items()}
                    receiver.got.append(Got(headers, body))
                    answer = receiver.answers.pop(0) if receiver.answers else receiver.always
                if answer == "hang":
                    time.sleep(3)
                elif answer != "close":
                    self.send_response(int(answer))
                    self.send_header("location", receiver.address)
                    self.end_headers()
                    self.wfile.write(f"said {answer}".encode())

            def log_message(self, *_: Any) -> None: ...

        return Handler

    @property
    def ids(self) -> list[str]:
        return [got.id for got in self.got]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
