"""Personal data at rest."""

import pytest

from healthcode.values import IdType
from services.declaration.domain.people import Basic, Document, Sealed
from services.declaration.store.vault import Locked, MasterVault
from tests.unit.declaration.office import MING

BASIC = Basic(
    name="王小明", document=Document(IdType.RESIDENT_ID, MING), phone="1", address="文三路", residence="330106"
)
VAULT = MasterVault(bytes(32))


def test_what_is_sealed_opens_and_hides_all() -> None:
    sealed = VAULT.seal("s", BASIC)
    assert VAULT.open("s", sealed) == BASIC
    for private in ("王小明", MING, "文三路"):
        assert private.encode() not in sealed.sealed + sealed.wrapped


def test_every_sealing_has_a_key_of_its_own() -> None:
    one, two = VAULT.seal("s", BASIC), VAULT.seal("s", BASIC)
    with pytest.raises(Locked, match="not this person's"):
        VAULT.open("s", Sealed(one.wrapped, two.sealed))


def test_another_master_key_is_told_from_a_change() -> None:
    sealed = VAULT.seal("s", BASIC)
    with pytest.raises(Locked, match="another master key"):
        MasterVault(bytes([1] * 32)).open("s", sealed)


@pytest.mark.parametrize("part", ["wrapped", "sealed"])
def test_no_changed_byte_goes_unnoticed(part: str) -> None:
    sealed = VAULT.seal("s", BASIC)
    whole: bytes = getattr(sealed, part)
    for place in range(len(whole)):
        changed = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        broken = Sealed(changed, sealed.sealed) if part == "wrapped" else Sealed(sealed.wrapped, changed)
        with pytest.raises(Locked):
            VAULT.open("s", broken)


def test_a_row_does_not_open_in_anothers_place() -> None:
    with pytest.raises(Locked):
        VAULT.open("t", VAULT.seal("s", BASIC))
