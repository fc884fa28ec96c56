"""Tokens of statement links: forged, bent, of another purpose."""

from uuid import UUID

import hypothesis
import pytest
from cryptography.fernet import InvalidToken
from hypothesis import strategies as st

from portal.auth.keys import derive_key, seal_text, unseal_text
from portal.auth.link_tokens import LinkPointer, LinkTokens, token_hash
from tests.auth.running import SECRET_KEY

PRACTICE_ID, LINK_ID = UUID(int=7 << 64), UUID(int=8 << 64)
PURPOSES = ("statement-link.v1", "reset.v1", "unsubscribe.v1", "statement-link.v2")


def test_a_token_points_to_its_link() -> None:
    tokens = LinkTokens(SECRET_KEY)
    assert tokens.read(tokens.make(PRACTICE_ID, LINK_ID)) == LinkPointer(PRACTICE_ID, LINK_ID)


def test_a_worker_makes_the_very_same_token_again() -> None:
    first = LinkTokens(SECRET_KEY).make(PRACTICE_ID, LINK_ID)
    assert LinkTokens(SECRET_KEY).make(PRACTICE_ID, LINK_ID) == first
    assert token_hash(first) == token_hash(LinkTokens(SECRET_KEY).make(PRACTICE_ID, LINK_ID))


def test_a_token_shows_no_id_as_text_and_fits_into_an_address() -> None:
    token = LinkTokens(SECRET_KEY).make(PRACTICE_ID, LINK_ID)
    assert len(token) < 120
    assert PRACTICE_ID.hex not in token
    assert all(character.isalnum() or character in "-_." for character in token)


def test_every_token_with_one_bit_turned_is_refused() -> None:
    tokens = LinkTokens(SECRET_KEY)
    token = tokens.make(PRACTICE_ID, LINK_ID).encode()
    for at in range(len(token)):
        for bit in range(8):
            bent = bytearray(token)
            bent[at] ^= 1 << bit
            assert tokens.read(bent.decode("latin-1")) is None


@pytest.mark.parametrize("made_for", PURPOSES)
@pytest.mark.parametrize("read_as", PURPOSES)
def test_a_token_of_one_purpose_opens_nothing_of_another(made_for: str, read_as: str) -> None:
    token = LinkTokens(SECRET_KEY, purpose=made_for).make(PRACTICE_ID, LINK_ID)
    found = LinkTokens(SECRET_KEY, purpose=read_as).read(token)
    assert (found is not None) == (made_for == read_as)


def test_a_token_of_another_installation_is_refused() -> None:
    token = LinkTokens("another key, also long enough for it").make(PRACTICE_ID, LINK_ID)
    assert LinkTokens(SECRET_KEY).read(token) is None


@hypothesis.given(st.text())
def test_no_text_is_a_token_by_chance_and_none_breaks_the_reader(text: str) -> None:
    assert LinkTokens(SECRET_KEY).read(text) is None


@pytest.mark.parametrize("text", ["", ".", "..", "a.b", ".a.b", "A" * 10_000, "é" * 100])
def test_what_is_no_token_is_refused(text: str) -> None:
    assert LinkTokens(SECRET_KEY).read(text) is None


def test_keys_of_two_purposes_differ() -> None:
    assert derive_key(SECRET_KEY, "one") != derive_key(SECRET_KEY, "two")


def test_a_sealed_text_opens_with_its_own_purpose_only() -> None:
    sealed = seal_text(SECRET_KEY, "totp", "JBSWY3DP")
    assert b"JBSWY3DP" not in sealed
    assert unseal_text(SECRET_KEY, "totp", sealed) == "JBSWY3DP"
    with pytest.raises(InvalidToken):
        unseal_text(SECRET_KEY, "another", sealed)
