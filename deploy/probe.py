"""Ends with 0 when the process in this container is ready: the health check of every service, without a package.

Run as `python -IS deploy/probe.py [port]`: without `site` it starts in milliseconds, and it runs every few seconds.
"""

import os
import socket
import sys

SECONDS = 4.0
DEFAULT_PORT = "9100"


def is_ready(port: int) -> bool:
    """Whether `/health/ready` answers 200 on this machine."""
    try:
        with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
            connection.sendall(b"GET /health/ready HTTP/1.0\r\nhost: localhost\r\n\r\n")
            return connection.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


if __name__ == "__main__":
    given = sys.argv[1] if sys.argv[1:] else os.environ.get("HC_HEALTH_PORT", DEFAULT_PORT)
    sys.exit(0 if is_ready(int(given)) else 1)
