"""A holder's device, as an app is one: a key of its own, a credential bound to it, and a proof at each showing."""

import base64
from typing import Any

from healthcode.credential import Es256Key, place_of, show


class Holder:
    """One key, for one credential."""

    def __init__(self) -> None:
        self._key = Es256Key.generate()
        numbers = self._key.public_key.public_numbers()
        self._point = [part.to_bytes(32, "big") for part in (numbers.x, numbers.y)]
        self.credential = ""

    @property
    def point(self) -> bytes:
        """The public half as an uncompressed point."""
        return b"\x04" + b"".join(self._point)

    @property
    def asked(self) -> dict[str, Any]:
        """The body of `POST /v1/me/credentials`."""
        x, y = (base64.urlsafe_b64encode(part).decode().rstrip("=") for part in self._point)
        return {"cnf": {"jwk": {"kty": "EC", "crv": "P-256", "x": x, "y": y}}}

    def took(self, answer: Any) -> "Holder":
        """Keep the credential of a good answer."""
        assert answer.is_success, answer.text
        self.credential = answer.json()["credential"]
        return self

    def show(self, at: float, place: str | None = None) -> str:
        """The text of the live code at a time (seconds since 1970), at a place whose code was scanned."""
        named = [] if place is None else [place_of(place)]
        return show(self.credential, int(at), self._key.sign, *named)
