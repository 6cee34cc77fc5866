"""The person in what outsiders write: sealed to the region's intake key, turned into a subject as soon as opened."""

from typing import Final

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from chassis.stream.model import Rejected
from healthcode.identity import InvalidIdNumber
from healthcode.values import IdType
from services.audit.ports.entry import Pseudonymise

ALGORITHMS: Final = ("ECDH-ES+A256KW", "A256GCM")
LONGEST: Final = 4096


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is sealed."""

    id_type: IdType
    id_number: str


_decode = msgspec.json.Decoder(Person).decode


class PersonReader:
    """Opens sealed persons."""

    def __init__(self, key: ECKey, pseudonymise: Pseudonymise) -> None:
        """`key`: the region's private intake key."""
        self._key = key
        self._pseudonymise = pseudonymise

    def subject(self, sealed: str) -> str:
        """The subject of a sealed person. Raises Rejected, whose text quotes nothing of it."""
        if len(sealed) > LONGEST:
            raise Rejected("person-unreadable", "the sealed person is too long")
        try:
            plain = jwe.decrypt_compact(sealed, self._key, algorithms=ALGORITHMS).plaintext
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Rejected(
                "person-unreadable", f"the person is not sealed to this region's intake key ({type(error).__name__})"
            ) from None
        try:
            person = _decode(plain or b"")
            return self._pseudonymise(person.id_type, person.id_number)
        except msgspec.DecodeError:
            raise Rejected("person-malformed", "the sealed person is not {id_type, id_number}") from None
        except InvalidIdNumber as error:
            raise Rejected("person-invalid", f"id_number: {error.reason}") from None
