"""What must hold once everything has come to rest: nothing is lost, and every color, here and abroad, is right."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import msgspec

from chassis.kafka.model import TopicPartition
from healthcode.events import CodeChanged, ReviewDue
from healthcode.values import Color
from services.audit.domain import Areas, Dossier, PolicyAct, apply, kept, timeline
from services.audit.handlers.history import Past, replayed_of
from services.audit.handlers.review import Judge
from services.audit.ports.history import Level, Recorded
from services.recognition.store.guest import guest_of
from services.recognition.store.home import code_of, watch_of
from tests.simulation.books import event_of
from tests.simulation.wiring import country
from tests.support.convergence import Told, shown, wanted
from tests.twins.database.audit import highest
from tests.twins.database.engine import Row, Transaction

if TYPE_CHECKING:
    from tests.simulation.world import Place, World

MARGIN = timedelta(seconds=10)
TIMES = {"timer": "due", "code": "expires_at", "watch": "until", "guest": "watched_until"}
ENDED = (Color.GREY, Color.CANCELLED)


def open_ends(world: "World") -> Iterator[str]:
    """What is still under way."""
    now = world.now() - MARGIN
    for place in world.places.values():
        for (schema, table), rows in place.server.database.rows.items():
            for row in list(rows.values()):
                if open_end := _open(table, row, now):
                    yield f"{place.code} {schema}: {open_end}"
        yield from _unread(world, place)


def _open(table: str, row: Row, now: datetime) -> str | None:
    if table == "outbox":
        return f"{row['topic']} waits to be published"
    if table == "storm":
        return None if row["state"] == "done" else f"storm {row['id']} is {row['state']}"
    due = row[TIMES[table]] if table in TIMES else None
    return f"a {table} is due since {due}" if due is not None and due <= now else None


def _unread(world: "World", place: "Place") -> Iterator[str]:
    for (schema, table), rows in place.server.database.rows.items():
        if table != "stream_offset":
            continue
        read = {(row["consumer"], row["topic"], row["partition"]): row["next_offset"] or 0 for row in rows.values()}
        for consumer, topic in sorted({(consumer, topic) for consumer, topic, _ in read}):
            broker = world.broker_of(place.code, topic)
            for partition in range(broker.count(topic)):  # one that nobody has claimed yet has no row
                end = broker.log(TopicPartition(topic, partition)).stable()
                if (position := read.get((consumer, topic, partition), 0)) < end:
                    yield f"{place.code} {schema}.{consumer}: {topic}/{partition} is read to {position} of {end}"


def check(world: "World") -> None:
    """Look at everything; the first fault is broken in the books."""
    for (topic, ident), written in world.books.written.items():
        if written.place is None:
            world.books.broken("books balance", f"{topic}: event {ident}, outbox row {written.id}, never came out")
    for place in world.places.values():
        services = country().regions[place.code].services
        if "declaration" in services:
            _acts(world, place)
        if "audit" in services:
            _submissions(world, place)
            _dossiers(world, place)
            _history(world, place)
            _codes(world, place)
            _tally(world, place)
        _guests(world, place)


def _acts(world: "World", place: "Place") -> None:
    """Every act that was acknowledged was kept, and every act that was kept has its one outcome on codes.v1."""
    kept = place.server.database.table("declaration", "statement")
    for act, subject in world.books.acts[place.code].items():
        if act not in kept:
            world.books.broken("books balance", f"{place.code}: act {act} of {subject} was acknowledged and is gone")
    for ident, row in kept.items():
        if (place.code, str(ident)) not in world.books.answers:
            world.books.broken("books balance", f"{place.code}: act {ident} of {row['subject']} has no outcome")
        if row["audited_at"] is None or row["coloured_at"] is None:
            world.books.broken("books balance", f"{place.code}: the receipt of {ident} says nothing of its outcome")


def _submissions(world: "World", place: "Place") -> None:
    """What authorities sent, once or several times, is recorded once."""
    for table, entry in world.submitted[place.code]:
        if entry not in place.server.database.table("audit", table):
            world.books.broken("books balance", f"{place.code}: {table} {entry} was submitted and is not recorded")


def _transaction(place: "Place", schema: str) -> Transaction:
    return place.server.database.begin(schema)


def _judge(world: "World", place: "Place") -> tuple[Judge, Areas]:
    acts = sorted(_transaction(place, "audit").rows("policy_act"), key=lambda row: int(row["id"]))
    policies = timeline(
        country().policies[place.code][0], [msgspec.convert(row, PolicyAct, strict=False) for row in acts]
    )
    rows = [row for row in highest(_transaction(place, "audit"), "area_level") if not row["withdrawn"]]
    areas = Areas.from_rows((row["area"], row["level"], row["valid_from"], row["valid_until"]) for row in rows)
    return Judge(policies, world.zone, lambda: ""), areas


def _dossiers(world: "World", place: "Place") -> None:
    """What was concluded last is what follows now from the facts on the topics, the areas and the policy."""
    judge, areas = _judge(world, place)
    facts = _facts(world, place)
    for subject, row in place.server.database.table("audit", "dossier").items():
        if not row["facts"]:
            continue
        stored, _ = judge.review(Dossier.decode(row["facts"]), areas, world.now())
        if stored.digest != row["digest"]:
            world.books.broken(
                "colors follow from the facts",
                f"{place.code}: {subject} is {stored.color}, but {row['color']} by reference {row['reference']}",
            )
        dossier = Dossier.empty(str(subject))
        for event in facts.get(str(subject), ()):
            dossier, _ = apply(dossier, event)
        replayed, _ = judge.review(dossier, areas, world.now())
        if replayed.color is not stored.color:
            world.books.broken(
                "colors follow from the facts",
                f"{place.code}: {subject} is {stored.color}, and by the log {replayed.color}",
            )


def _history(world: "World", place: "Place") -> None:
    """Whatever crashed, every finding on record is concluded again from what is recorded with it."""
    judge, _ = _judge(world, place)
    past = Past([msgspec.convert(row, Level) for row in _transaction(place, "audit").rows("area_level")])
    latest: dict[str, Recorded] = {}
    for row in place.server.database.table("audit", "finding").values():
        recorded = msgspec.convert(row, Recorded)
        replayed = replayed_of(recorded, past, judge)
        if replayed.outcome != "equal":
            what = f"{replayed.outcome} in {', '.join(replayed.fields)}"
            world.books.broken("replay is equal", f"{place.code}: {recorded.subject} {recorded.sequence}: {what}")
        latest[recorded.subject] = max(latest.get(recorded.subject, recorded), recorded, key=lambda each: each.sequence)
    for subject, row in place.server.database.table("audit", "dossier").items():
        on_record = latest.get(str(subject))
        if row["digest"] and (on_record is None or kept(on_record.finding).digest != row["digest"]):
            world.books.broken("replay is equal", f"{place.code}: the last finding of {subject} is not on record")


def _facts(world: "World", place: "Place") -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    broker = place.cluster.twin
    for topic in (f"hc.{place.code}.declarations.v1", f"hc.{place.code}.facts.v1"):
        for partition in range(broker.count(topic)):
            log = broker.log(TopicPartition(topic, partition))
            for record in log.read(0, 1 << 30)[0]:
                event = event_of(record)
                if not isinstance(event, ReviewDue):
                    found.setdefault(event.key, []).append(event)
    return found


def _codes(world: "World", place: "Place") -> None:
    """The code is the last finding's, unless its time ran out."""
    codes = place.server.database.table("issuer", "code")
    for subject, row in place.server.database.table("audit", "dossier").items():
        if not row["sequence"]:
            continue
        code = codes.get(subject)
        state = msgspec.json.decode(code["event"], type=CodeChanged) if code and code["event"] else None
        if code is None or state is None:
            world.books.broken("colors follow from the facts", f"{place.code}: {subject} has findings and no code")
        elif code["finding_sequence"] != row["sequence"]:
            world.books.broken(
                "colors follow from the facts",
                f"{place.code}: the code of {subject} is by finding {code['finding_sequence']} of {row['sequence']}",
            )
        elif state.color not in ENDED and state.color.value != row["color"]:
            world.books.broken(
                "colors follow from the facts",
                f"{place.code}: {subject} shows {state.color} and is found {row['color']}",
            )


def _tally(world: "World", place: "Place") -> None:
    """What is counted by the way is what there is."""
    counted: Counter[str] = Counter()
    for row in place.server.database.table("issuer", "tally").values():
        counted[row["color"]] += row["codes"]
    found: Counter[str] = Counter()
    for row in place.server.database.table("issuer", "code").values():
        if row["event"]:
            found[msgspec.json.decode(row["event"], type=CodeChanged).color.value] += 1
    if +counted != found:
        world.books.broken("books balance", f"{place.code}: codes are {dict(found)}, and counted as {dict(counted)}")


def _guests(world: "World", place: "Place") -> None:
    """A guest counts as what the code at home translates to."""
    homes = place.server.database.table("recognition", "home_code")
    for row in place.server.database.table("recognition", "watch").values():
        if row["handle"] is None or row["until"] <= world.now():
            continue
        destination = world.places[row["destination"]]
        guest = destination.server.database.table("recognition", "guest").get(row["handle"])
        home = homes[row["subject"]]
        codes = place.server.database.table("issuer", "code")
        state = codes.get(row["subject"], {}).get("event")
        version = msgspec.json.decode(state, type=CodeChanged).version if state else 0
        if home["version"] != version:
            world.books.broken(
                "guests converge to home",
                f"{place.code}: {row['subject']} is at version {version}, abroad {home['version']}",
            )
            continue
        if guest is None:
            world.books.broken("guests converge to home", f"{destination.code}: nobody knows the guest {row['handle']}")
            continue
        _same(world, place, destination, row, home, guest)


def _same(world: "World", place: "Place", destination: "Place", watch: Row, home: Row, guest: Row) -> None:
    tables = country().translations
    told = Told(watch_of(cast("Any", watch)), code_of(cast("Any", home)))  # rows of the twin read as records do
    right, is_so = wanted(told, tables[place.code], tables[destination.code]), shown(guest_of(cast("Any", guest)))
    if is_so != right:
        world.books.broken(
            "guests converge to home",
            f"{destination.code}: the guest {watch['subject']} of {place.code} is {is_so}, and should be {right}",
        )
