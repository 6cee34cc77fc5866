import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from services.recognition.domain.sealing import NotForUs, open_sealed, seal
from tests.support.recognition import GANSU, HUBEI, NOW, Nation

KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
INFO = st.lists(st.binary(max_size=8), max_size=4)


@given(info=INFO, other=INFO, plaintext=st.binary(max_size=200))
def test_what_is_sealed_opens_with_its_key_for_its_place_alone(
    info: list[bytes], other: list[bytes], plaintext: bytes
) -> None:
    sealed = seal(KEY.public_key(), info, plaintext)
    assert open_sealed(KEY, info, sealed) == plaintext
    assert len(sealed) == len(plaintext) + 81
    with pytest.raises(NotForUs):
        open_sealed(OTHER, info, sealed)
    if other != info:
        with pytest.raises(NotForUs):
            open_sealed(KEY, other, sealed)


@given(rubbish=st.binary(max_size=300))
def test_rubbish_is_refused(rubbish: bytes) -> None:
    with pytest.raises(NotForUs):
        open_sealed(KEY, [b"x"], rubbish)


def test_the_catalogue_says_what_to_seal_to(tmp_path_factory: pytest.TempPathFactory) -> None:
    nation = Nation.made_in(tmp_path_factory.mktemp("keys"))
    key = nation.catalogue.encryption(HUBEI, NOW)
    assert key is not None
    assert key != nation.catalogue.encryption(GANSU, NOW)
    assert nation.catalogue.encryption("510000", NOW) is None
