#!/usr/bin/env python3
"""How long from exec to the first answer over TLS, and how much memory when idle.

Compares, in turns of one run, the lab with the bare program beside this file. Build both first:

    cargo build --release
    cargo build --release --manifest-path benches/bare/Cargo.toml --target-dir target

then run `python3 benches/cold_start.py`. Goals: at most 4 times the bare program, at most 16 MiB.

The client here costs time too, and it is the same for both. It is measured against the running
server and printed; `net` is the start without it. Only the standard library is used.
"""

import argparse
import os
import pathlib
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

GIVE_UP = 20.0  # seconds until a program counts as broken
SETTLE = 1.0  # seconds until a program counts as idle
WARM = 20  # exchanges with the running server, to learn what the client costs

# Nothing secret passes here, and the bare program's certificate is its own: no trust is needed.
TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def exchange(port, path):
    """One request over a new connection; fails with OSError while nobody listens."""
    with socket.create_connection(("127.0.0.1", port), timeout=GIVE_UP) as plain:
        with TLS.wrap_socket(plain, server_hostname="localhost") as stream:
            request = f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
            stream.sendall(request.encode())
            status = stream.recv(4096).split(b"\r\n", 1)[0]
            if b" 200" not in status:
                sys.exit(f"port {port} answers {status!r}")


def resident(pid):
    """VmRSS of a process in KiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    sys.exit("no VmRSS: this part needs Linux")


class Program:
    def __init__(self, name, command, path, environment=None):
        self.name, self.command, self.path = name, command, path
        self.environment = {**os.environ, **(environment or {})}
        self.starts, self.clients, self.memory = [], [], []

    def start(self, count):
        port = free_port()
        command = [part.replace("PORT", str(port)) for part in self.command]
        before = time.perf_counter()
        process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            while True:
                try:
                    exchange(port, self.path)
                    break
                except OSError:
                    late = time.perf_counter() - before > GIVE_UP
                    if late or process.poll() is not None:
                        process.kill()
                        sys.exit(f"{self.name} did not start: {process.stderr.read().decode()}")
            started = time.perf_counter() - before
            if not count:
                return
            self.starts.append(started)
            for _ in range(WARM):
                before = time.perf_counter()
                exchange(port, self.path)
                self.clients.append(time.perf_counter() - before)
            if not self.memory:
                time.sleep(SETTLE)
                self.memory.append(resident(process.pid))
        finally:
            process.terminate()
            process.wait()
            process.stderr.close()

    def net(self):
        return statistics.median(self.starts) - statistics.median(self.clients)

    def report(self):
        low, middle, high = min(self.starts), statistics.median(self.starts), max(self.starts)
        print(
            f"{self.name:9} start min {low * 1e3:6.1f} ms  median {middle * 1e3:6.1f} ms  "
            f"max {high * 1e3:6.1f} ms  net {self.net() * 1e3:6.1f} ms  "
            f"idle {self.memory[0] / 1024:5.1f} MiB"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--bare", default="target/release/bare")
    parser.add_argument("--oauthlab", default="target/release/oauthlab")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lab = [options.oauthlab, "serve", "--port", "PORT", "--resource-port", "0"]
        lab += ["--inspector-port", "0", "--ready-file", f"{folder}/ready.json"]
        bare = Program("bare", [options.bare, "PORT"], "/")
        environment = {"OAUTHLAB_DATA_DIR": f"{folder}/data"}
        oauthlab = Program("oauthlab", lab, "/health", environment)
        for run in range(options.runs + 1):
            for program in (bare, oauthlab):
                # The first run fills the page cache and makes the lab's CA, once and for all.
                program.start(count=run > 0)
        for program in (bare, oauthlab):
            program.report()
        raw = statistics.median(oauthlab.starts) / statistics.median(bare.starts)
        print(f"ratio of medians {raw:.2f}, net of the client {oauthlab.net() / bare.net():.2f}")


if __name__ == "__main__":
    main()
