"""What each region may do at the broker that all share, on a real one: its own work, and nothing else."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined] # exported, but not by name
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from tests.support.callers import caller, citizen, colored
from tests.support.guarded import AWAY, HOME, REGIONS, Guarded, country, guarded_broker
from tests.support.people import declaration, entry
from tests.support.polling import eventually
from tests.support.region import RegionProcesses

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(900)]

HOSTILE: Final = AWAY
PERSON: Final = 1
SECONDS: Final = 30
INBOX, OUTBOX = f"hc.national.{HOME}.inbox.v1", f"hc.national.{HOME}.v1"


@pytest.fixture(scope="module")
def guarded(admin_url: str) -> Iterator[Guarded]:
    with guarded_broker(admin_url) as guarded:
        yield guarded


@pytest.fixture(scope="module")
def regions(
    guarded: Guarded, admin_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, RegionProcesses]]:
    with country(guarded, admin_url, tmp_path_factory.mktemp("rights")) as regions:
        yield regions


def test_a_journey_between_regions_needs_no_right_that_they_have_not(
    guarded: Guarded, regions: dict[str, RegionProcesses]
) -> None:
    """All services of three regions, each as its region's user: a guest turns red, and the broker refused nobody."""
    for code in REGIONS:
        regions[code].spawn(f"all-{code}", "services", "--region", code, "all")
    for code in REGIONS:
        regions[code].wait_ready()
    person = citizen(regions[HOME], PERSON)
    assert person.post("/v1/declarations", json=declaration(PERSON)).is_success
    colored(person, "green")
    trip = {"destination": AWAY, "area": "420100", "since": str(datetime.now(UTC).date())}
    assert person.post("/v1/trips", json=trip).is_success
    host = caller(regions[AWAY], "officer", sub="hubei-1")
    eventually("a green guest", lambda: guests(host) == ["green"])
    assert caller(regions[HOME], "officer").post("/v1/lists/entries", json=entry(PERSON)).is_success
    colored(person, "red")
    eventually("a red guest", lambda: guests(host) == ["red"])
    for code in REGIONS:
        assert httpx.get(f"{regions[code].url}/health/ready").json()["held"] == {}
    assert guarded.denied() == set()


def guests(officer: httpx.Client) -> list[str]:
    """The colors of a region's guests."""
    return [guest["color"] for guest in officer.get("/v1/guests").raise_for_status().json()["items"]]


def read(client: dict[str, Any], topic: str = OUTBOX, group: str = f"{HOSTILE}-spy") -> None:
    consumer = Consumer({**client, "group.id": group})
    try:
        consumer.subscribe([topic])
        record = consumer.poll(SECONDS)
        assert record is not None
        raised(record.error())
    finally:
        consumer.close()


def write(client: dict[str, Any], topic: str) -> None:
    errors: list[KafkaError | None] = []
    producer = Producer(client)
    producer.produce(topic, b"forged", on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(SECONDS) == 0
    raised(errors[0])


def join(client: dict[str, Any]) -> None:
    read(client, f"hc.{HOSTILE}.findings.v1", group=f"{HOME}-issuer-findings")


def take_over(client: dict[str, Any]) -> None:
    Producer({**client, "transactional.id": f"{HOME}-recognition-1"}).init_transactions(SECONDS)


def create(client: dict[str, Any]) -> None:
    done(client, lambda admin: admin.create_topics([NewTopic(f"hc.national.{HOSTILE}.more.v1", 1, 1)]))


def alter_rights(client: dict[str, Any]) -> None:
    mine = AclBinding(
        ResourceType.TOPIC, "hc.", ResourcePatternType.PREFIXED, f"User:{HOSTILE}", "*", AclOperation.ALL,
        AclPermissionType.ALLOW,
    )  # fmt: skip
    done(client, lambda admin: admin.create_acls([mine]))


def delete_records(client: dict[str, Any], topic: str = INBOX) -> None:
    done(client, lambda admin: admin.delete_records([TopicPartition(topic, 0, -1)]))


def alter_password(client: dict[str, Any]) -> None:
    credentials = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    done(
        client,
        lambda admin: admin.alter_user_scram_credentials([UserScramCredentialUpsertion(HOME, credentials, b"known")]),
    )


def done(client: dict[str, Any], ask: Callable[[AdminClient], dict[Any, Any]]) -> None:
    admin = AdminClient(client)  # it has to live until the answer is there
    for future in ask(admin).values():
        future.result(SECONDS)


def raised(error: KafkaError | None) -> None:
    if error is not None:
        raise KafkaException(error)


Act = Callable[[dict[str, Any]], None]
ACTS: Final[dict[str, tuple[Act, str, str]]] = {
    "read another's outbox": (read, "READ", f"Topic:LITERAL:{OUTBOX}"),
    "write as the hub": (lambda client: write(client, OUTBOX), "WRITE", f"Topic:LITERAL:{OUTBOX}"),
    "write as another region": (lambda client: write(client, INBOX), "WRITE", f"Topic:LITERAL:{INBOX}"),
    "join another's group": (join, "DESCRIBE", f"Group:LITERAL:{HOME}-issuer-findings"),
    "take over another's relay": (take_over, "DESCRIBE", f"TransactionalId:LITERAL:{HOME}-recognition-1"),
    "create a topic": (create, "CREATE", f"Topic:LITERAL:hc.national.{HOSTILE}.more.v1"),
    "grant itself rights": (alter_rights, "ALTER", "Cluster:LITERAL:kafka-cluster"),
    "delete records": (delete_records, "DELETE", f"Topic:LITERAL:{INBOX}"),
    # its own, which it may write: what was said stays said
    "delete what it said itself": (
        lambda client: delete_records(client, f"hc.national.{HOSTILE}.inbox.v1"),
        "DELETE",
        f"Topic:LITERAL:hc.national.{HOSTILE}.inbox.v1",
    ),
    "read another's people": (
        lambda client: read(client, f"hc.{HOME}.codes.v1"),
        "READ",
        f"Topic:LITERAL:hc.{HOME}.codes.v1",
    ),
    "read what another told the hub": (lambda client: read(client, INBOX), "READ", f"Topic:LITERAL:{INBOX}"),
    "set another's password": (alter_password, "ALTER", "Cluster:LITERAL:kafka-cluster"),
}
REFUSED: Final = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
}


@pytest.mark.usefixtures("regions")
@pytest.mark.parametrize("what", ACTS)
def test_what_a_hostile_region_tries_is_refused_and_logged(guarded: Guarded, what: str) -> None:
    act, operation, resource = ACTS[what]
    guarded.forget_log()
    with pytest.raises(KafkaException) as refused:
        act(guarded.client(HOSTILE))
    assert refused.value.args[0].code() in REFUSED
    logged = (HOSTILE, operation, resource)
    eventually(f"{logged} in the broker's log", lambda: any(same(logged, each) for each in guarded.denied()))


def same(wanted: tuple[str, str, str], found: tuple[str, str, str]) -> bool:
    """Kafka hides a topic that one may not read: it refuses to describe it, before anything else."""
    return (found[0], found[2]) == (wanted[0], wanted[2]) and found[1] in {wanted[1], "DESCRIBE"}


def test_whoever_is_let_in_as_an_outsider_sees_what_everybody_may_know_and_nothing_else(
    guarded: Guarded, regions: dict[str, RegionProcesses]
) -> None:
    del regions
    seen = AdminClient(guarded.client("outside")).list_topics(timeout=SECONDS).topics.keys()
    names = ("reference.v1", "seals.v1", "countersigned.v1")
    assert seen == {f"hc.{code}.{name}" for code in REGIONS for name in names}


def test_nobody_comes_in_without_a_password(guarded: Guarded) -> None:
    for change in ({"sasl.password": "guessed"}, {"sasl.username": "broker"}, {"security.protocol": "PLAINTEXT"}):
        with pytest.raises(KafkaException):
            AdminClient({**guarded.client(HOME), **change}).list_topics(timeout=5)
