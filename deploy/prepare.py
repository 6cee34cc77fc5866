"""Before the first start: secrets into their folders, roles and databases onto the server. What is there is kept.

    python -m deploy.prepare secrets 330000 100000     keys, passwords, the broker's certificate; needs no service
    python -m deploy.prepare database 330000 100000    a role and a database a region, as DATABASE_URL's superuser
    python -m deploy.prepare client 330000 k3v7q2m5x6aab                    a client's own user at the broker
    python -m deploy.prepare sender 330000 laboratories first-hospital      who writes test results, another

Secrets are made where they are used, in volumes, and were never anywhere else. Each region's folder holds what that
region may know. `database` and `broker` are for those two alone; most files there are open to all, as nobody knows
under which number an image's user reads them: it is who mounts the volume that is limited. `public` holds no secret.
"""

import argparse
import asyncio
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg

from chassis.kafka.topics import load_topics
from deploy.access import OUTSIDE, Grant, grants_for, grants_of, hub_among, lines_of
from deploy.certificates import make_certificate
from deploy.keys import make_keys

BROKER_NAMES: Final = ("kafka", "localhost", "127.0.0.1")
TOPICS: Final = Path(__file__).with_name("kafka") / "topics.yaml"
OWN_USER: Final = "broker"
PLAIN: Final = "org.apache.kafka.common.security.plain.PlainLoginModule required"
OWN: Final = 0o600
OPEN: Final = 0o644
PASSFILE: Final = "pgpass"
BROKER_PASSWORD: Final = "broker-password"  # noqa: S105 - the name of a file


def make_secrets(folder: Path, public: Path, data: Path, regions: list[str]) -> None:
    """Make what is missing below `folder` and in `public`; `data` is the folder of the regions' data."""
    make_keys(folder, data, regions, valid_from=datetime.now(UTC), catalogue=public / "catalogue.json")
    for name in ("broker", "database"):
        (folder / name).mkdir(exist_ok=True)
    password = _secret(folder / "database" / "password", OPEN)
    _write(folder / "database" / PASSFILE, f"*:*:*:postgres:{password}")
    for region in regions:
        _write(folder / region / PASSFILE, f"*:*:*:{role_of(region)}:{secrets.token_hex(24)}")
        _write(folder / "broker" / f"user-{region}", _secret(folder / region / BROKER_PASSWORD), OPEN)
    make_broker_secrets(folder / "broker", data, regions)
    make_certificate(folder / "broker" / "broker.pem", public / "broker-authority.pem", list(BROKER_NAMES))


def make_broker_secrets(folder: Path, data: Path, regions: list[str]) -> None:
    """Whom the broker and its tools are to themselves, whoever follows what everybody may know, and all rights.

    Rights are written anew each time: they follow from the regions and the declaration of topics.
    """
    _secret(folder / f"user-{OUTSIDE}", OPEN)
    password = _secret(folder / "own-password", OPEN)
    login = f'{PLAIN} username="{OWN_USER}" password="{password}"'
    _put(folder / "own.properties", f'jaas={login} user_{OWN_USER}="{password}";')
    _put(
        folder / "tools.properties",
        f"security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config={login};",
    )
    grants = grants_of(load_topics(TOPICS), regions, hub_among(data, regions))
    _put(folder / "rights", lines_of(grants))


def add_user(folder: Path, grants: list[Grant]) -> str:
    """A user at the broker beside the regions', with a password and these rights; gives its name."""
    user = grants[0].user
    _secret(folder / f"user-{user}", OPEN)
    _put(folder / f"rights-{user}", lines_of(grants))
    return user


async def prepare_database(url: str, folder: Path, regions: list[str]) -> None:
    """A role that owns its region's two databases and nothing else, with the password of its pgpass file."""
    connection = await asyncpg.connect(url)
    try:
        for region in regions:
            role = role_of(region)
            password = (folder / region / PASSFILE).read_text("utf-8").strip().rpartition(":")[2]
            await _role(connection, role, password)
            for name in (role, f"{role}_keys"):
                if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
                    await connection.execute(f'CREATE DATABASE "{name}" OWNER "{role}"')
                await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
    finally:
        await connection.close()


def role_of(region: str) -> str:
    """The name of a region's role and of its database."""
    if not (region.isascii() and region.isdecimal()):
        raise ValueError("a region is named by its digits")
    return f"hc_{region}"


async def _role(connection: "asyncpg.Connection[asyncpg.Record]", role: str, password: str) -> None:
    known = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role)
    verb = "ALTER" if known else "CREATE"
    rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    # a password cannot be a parameter here; the server quotes it
    statement = await connection.fetchval(
        "SELECT format('%s ROLE %I %s PASSWORD %L', $1::text, $2::text, $3::text, $4::text)",
        verb,
        role,
        rights,
        password,
    )
    await connection.execute(statement)


def _secret(path: Path, mode: int = OWN) -> str:
    """The secret in a file; made when there is none."""
    _write(path, secrets.token_hex(24), mode)
    return path.read_text("utf-8").strip()


def _write(path: Path, content: str, mode: int = OWN) -> None:
    if not path.exists():
        path.touch(mode=mode)
        path.write_text(content + "\n", "utf-8")


def _put(path: Path, content: str) -> None:
    """Write what every start makes anew."""
    path.touch(mode=OPEN)
    path.write_text(content.rstrip("\n") + "\n", "utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("secrets", "database", "client", "sender"))
    parser.add_argument("names", nargs="+", help="codes of regions in --data; or a region and who is let in")
    parser.add_argument("--keys", type=Path, default=Path("/keys"), help="the folder of secrets, one folder a region")
    parser.add_argument("--public", type=Path, default=Path("/public"), help="the folder of what everybody may know")
    parser.add_argument("--data", type=Path, default=Path("regions"), help="the folder of the regions' data")
    given = parser.parse_args()
    if given.what == "secrets":
        make_secrets(given.keys, given.public, given.data, given.names)
        print(f"secrets of {', '.join(given.names)} are in place")
        return
    if given.what in {"client", "sender"}:
        try:
            user = add_user(given.keys / "broker", grants_for(given.what, given.names, load_topics(TOPICS)))
        except ValueError as fault:
            sys.exit(str(fault))
        print(f"{user} is written down; `docker compose up kafka-users` tells the broker")
        return
    url = os.environ.get("DATABASE_URL") or sys.exit("DATABASE_URL: missing; expected a superuser's PostgreSQL address")
    asyncio.run(prepare_database(url, given.keys, given.names))
    print(f"roles and databases of {', '.join(given.names)} are in place")


if __name__ == "__main__":
    main()
