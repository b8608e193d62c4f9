"""Peak memory under a flood: codes that nobody issued, and headers that are too large.

`flood.py [--codes 1000000] [--headers 2000] [--program target/release/oauthlab]` starts a lab of its
own on free ports, sends, and prints requests a second and the most memory that the lab ever held.
"""

import argparse
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import time

LAB = """
limits: { token: 1000000/1s per client }
clients:
  - { id: web, public: true, redirect_uris: ["http://127.0.0.1/callback"], grants: [authorization_code], scopes: ["openid"] }
"""
BATCH = 100
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def peak(pid):
    """KiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("no VmHWM")


def request(host, number):
    body = (
        "grant_type=authorization_code&client_id=web&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback"
        f"&code_verifier={VERIFIER}&code=made-up-{number:035}"
    )
    head = (
        f"POST /token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def answers(reader, count):
    """Reads so many answers; all must be refusals."""
    for _ in range(count):
        status = reader.readline()
        if not status.startswith(b"HTTP/1.1 400"):
            raise RuntimeError(f"answered {status!r}")
        length = 0
        while (line := reader.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        reader.read(length)


def connect(context, port):
    plain = socket.create_connection(("localhost", port))
    return context.wrap_socket(plain, server_hostname="localhost")


def codes(context, host, port, count):
    with connect(context, port) as stream, stream.makefile("rb") as reader:
        for first in range(0, count, BATCH):
            numbers = range(first, min(first + BATCH, count))
            stream.sendall(b"".join(request(host, number) for number in numbers))
            answers(reader, len(numbers))


def headers(context, host, port, count):
    giant = f"GET /jwks HTTP/1.1\r\nHost: {host}\r\nX-Giant: {'x' * 1_000_000}\r\n\r\n".encode()
    for _ in range(count):
        try:
            with connect(context, port) as stream:
                stream.sendall(giant)
                if stream.recv(64).startswith(b"HTTP/1.1 2"):
                    raise RuntimeError("a giant header was accepted")
        except OSError:
            pass  # closed while it was still sent to


def measured(options, home):
    (home / "oauthlab.yaml").write_text(LAB)
    ports = ["--port", "0", "--resource-port", "0", "--inspector-port", "0"]
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    lab = subprocess.Popen(
        [options.program, "serve", "-q", "-o", "json", *ports],
        stdout=subprocess.PIPE, cwd=home, env=environment, text=True,
    )
    try:
        ready = json.loads(lab.stdout.readline())
        host = ready["issuer"].removeprefix("https://")
        port = int(host.rsplit(":", 1)[1])
        context = ssl.create_default_context(cafile=ready["ca_file"])
        print(f"idle: {peak(lab.pid) / 1024:.1f} MiB at most")
        for name, flood, count in [("unknown codes", codes, options.codes), ("giant headers", headers, options.headers)]:
            began = time.monotonic()
            flood(context, host, port, count)
            rate = count / (time.monotonic() - began)
            print(f"{count} {name}: {rate:.0f} a second, {peak(lab.pid) / 1024:.1f} MiB at most")
    finally:
        lab.send_signal(signal.SIGTERM)
        lab.wait(timeout=30)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--codes", type=int, default=1_000_000)
    parser.add_argument("--headers", type=int, default=2000)
    parser.add_argument("--program", default="target/release/oauthlab", type=os.path.abspath)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oauthlab-flood-") as home:
        measured(options, pathlib.Path(home))


if __name__ == "__main__":
    main()
