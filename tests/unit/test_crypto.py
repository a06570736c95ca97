"""Keys and ciphers: a value opens where it was closed, and nowhere else."""

import pytest

from app.core.crypto import Cipher, EncryptedText, MasterKey, Undecipherable, new_key
from app.core.errors import ConfigurationError
from app.core.ids import new_id
from app.core.settings import load

ROW = new_id()


def test_a_field_opens_where_it_was_closed() -> None:
    cipher = Cipher(new_key())

    sealed = cipher.seal("Nicole", table="resident", column="given_name", row=ROW)

    assert cipher.open(sealed, table="resident", column="given_name", row=ROW) == "Nicole"
    assert b"Nicole" not in sealed


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"table": "follow_up", "column": "given_name", "row": ROW},
        {"table": "resident", "column": "family_name", "row": ROW},
        {"table": "resident", "column": "given_name", "row": new_id()},
    ],
)
def test_a_field_moved_does_not_open(elsewhere: dict[str, object]) -> None:
    cipher = Cipher(new_key())
    sealed = cipher.seal("Nicole", table="resident", column="given_name", row=ROW)

    with pytest.raises(Undecipherable):
        cipher.open(sealed, **elsewhere)  # type: ignore[arg-type]


def test_a_clear_text_cannot_be_stored() -> None:
    with pytest.raises(TypeError):
        EncryptedText().process_bind_param("Nicole", None)  # type: ignore[arg-type]


def test_a_wrapped_key_opens_for_its_purpose_only() -> None:
    master = MasterKey(new_key())
    wrapped = master.wrap(b"k" * 32, about="organisation:1")

    assert master.unwrap(wrapped, about="organisation:1") == b"k" * 32
    with pytest.raises(Undecipherable):
        master.unwrap(wrapped, about="organisation:2")


def test_a_short_master_key_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="32 octets"):
        MasterKey(b"short")


def test_production_refuses_what_is_not_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCALE_ENV", "production")

    with pytest.raises(ConfigurationError, match="ESCALE_MASTER_KEY"):
        load()
    with pytest.raises(ConfigurationError, match="ESCALE_BASE_URL"):
        load(master_key="x" * 43)
