"""What is looked at before anything starts, so that a shortage is told as such and not as a stack trace."""

import socket
from pathlib import Path

import psutil

from deploy.local.errors import StackError

LOOPBACK = "127.0.0.1"
NEEDED_MEMORY = 1 << 30
NEEDED_DISK = 1 << 30
_MIB = 1 << 20


def check_room(data: Path) -> None:
    """Raise StackError when less than 1 GiB of memory, or of disk under the data folder, is free."""
    memory = psutil.virtual_memory().available
    if memory < NEEDED_MEMORY:
        raise StackError(
            f"Only {memory // _MIB} MiB of memory are free and {NEEDED_MEMORY // _MIB} are needed; "
            "close other programs, or set KAFKA_BOOTSTRAP and DATABASE_URL to servers elsewhere.",
            f"可用内存仅 {memory // _MIB} MiB,至少需要 {NEEDED_MEMORY // _MIB} MiB;"
            "请关闭其他程序,或将 KAFKA_BOOTSTRAP 和 DATABASE_URL 指向其他服务器。",
        )
    disk = psutil.disk_usage(str(data)).free
    if disk < NEEDED_DISK:
        raise StackError(
            f"Only {disk // _MIB} MiB of disk are free at {data} and {NEEDED_DISK // _MIB} are needed; "
            "free some, or set HC_DATA to a folder on another disk.",
            f"{data} 所在磁盘可用空间仅 {disk // _MIB} MiB,至少需要 {NEEDED_DISK // _MIB} MiB;"
            "请清理磁盘,或将 HC_DATA 设为其他磁盘上的文件夹。",
        )


def choose_port(setting: str, wanted: int, former: int | None) -> int:
    """The port asked for by `setting`; when that is 0, the former one if it is free, or else any free one.

    Raises StackError when the port asked for is taken.
    """
    if wanted:
        if not port_is_free(wanted):
            raise StackError(
                f"Port {wanted} is taken; stop the program that uses it, or set {setting} to another port "
                "(0 takes a free one).",
                f"端口 {wanted} 已被占用;请停止占用它的程序,或将 {setting} 设为其他端口(0 表示任选空闲端口)。",
            )
        return wanted
    return former if former and port_is_free(former) else free_port()


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # as servers do: a port whose old connections still linger can be listened on
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
