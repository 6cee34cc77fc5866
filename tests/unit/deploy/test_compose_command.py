import socket
import threading
from pathlib import Path

import pytest

from deploy import compose
from deploy.compose import StackError, described
from deploy.probe import is_ready


def test_without_an_engine_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StackError, match="Docker Engine"):
        compose.main(["up"])


def test_without_compose_it_says_that(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text('#!/bin/sh\n[ "$1" = info ]\n', "utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(StackError, match="compose"):
        compose.main(["ps"])


def test_at_the_end_it_says_where_all_is_and_that_a_demonstration_is_one() -> None:
    published = {"edge": ["127.0.0.1:8330"], "kafka": ["127.0.0.1:8392"], "identity": ["127.0.0.1:8390"]}
    text = described(published, mode="demo")
    assert "http://127.0.0.1:8330" in text
    assert "http://127.0.0.1:8392" not in text
    assert "DEMONSTRATION" in text
    assert "http://127.0.0.1:8390/token" in text
    del published["identity"]
    assert "DEMONSTRATION" not in described(published, mode="production")


@pytest.mark.parametrize(("status", "ready"), [(b"200 OK", True), (b"503 Service Unavailable", False)])
def test_the_probe_goes_by_the_status(status: bytes, *, ready: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 " + status + b"\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        assert is_ready(port) is ready
        thread.join()
    assert not is_ready(port)
