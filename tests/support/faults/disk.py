"""Disks that become full: a folder is moved to a small file system of its own, in a mount namespace of this process.

Nobody else sees the mounts, and they are gone with the process.
"""

import contextlib
import ctypes
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

CLONE_NEWNS: Final = 0x00020000
SPARE: Final = 2 << 30
"""Bytes; only what is written takes memory."""
TRIES: Final = 50


class NoMounts(Exception):  # noqa: N818 - names the state
    """The machine lets us mount nothing."""


class SmallDisk:
    """A file system whose size can be changed while it is in use."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where it is mounted."""
        self.folder = folder

    def fill(self) -> None:
        """Leave no room. What is in use cannot be taken away, and more of it may come into use meanwhile."""
        for _ in range(TRIES):
            usage = os.statvfs(self.folder)
            with contextlib.suppress(NoMounts):
                self._resize((usage.f_blocks - usage.f_bfree) * usage.f_frsize)
                return
        raise NoMounts(f"{self.folder} grows faster than it can be made small")

    def free(self) -> None:
        """Leave room enough."""
        self._resize(SPARE)

    def _resize(self, size: int) -> None:
        _mount("-o", f"remount,size={size}", str(self.folder))


def small_disk(folder: Path) -> SmallDisk:
    """Move what is in a folder to a file system of its own, mounted in its place; nobody may be using it.

    Raises NoMounts. It stays until `let_go`.
    """
    _own_namespace()
    staging = folder.with_name(folder.name + ".small")
    staging.mkdir(exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={SPARE}", "small", str(staging))
    subprocess.run(["cp", "-a", f"{folder}/.", str(staging)], check=True)
    status = folder.stat()
    os.chown(staging, status.st_uid, status.st_gid)
    staging.chmod(status.st_mode & 0o7777)
    _mount("--bind", str(staging), str(folder))
    return SmallDisk(folder)


def let_go(folder: Path) -> None:
    """Unmount a small disk; nobody uses it any more, and what was on it is lost."""
    staging = folder.with_name(folder.name + ".small")
    for place in (folder, staging):
        subprocess.run(["umount", str(place)], check=True)
    with contextlib.suppress(OSError):
        shutil.rmtree(staging)


_namespaces: set[int] = set()


def _own_namespace() -> None:
    """Let the mounts of this thread, and of what it starts, be its own."""
    if os.getpid() in _namespaces:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS):
        raise NoMounts(f"unshare: {os.strerror(ctypes.get_errno())}")
    _mount("--make-rslave", "/")
    _namespaces.add(os.getpid())


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoMounts(done.stderr.strip())
