"""Passwords: what is refused, and the list of the commonest."""

import pytest

from app.accounts.passwords import refuse_weak
from app.core.errors import Invalid
from app.reference import files

AWA = {"email": "awa.diallo@exemple.fr", "name": "Awa Diallo"}


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("trop court", "au moins 12 signes"),
        ("motdepasse123", "trop courant"),
        ("MotDePasse 123", "trop courant"),
        ("azertyuiop123", "trop courant"),
        ("123456789012", "trop courant"),
        ("passwordpassword", "trop courant"),
        ("vive diallo toujours", "sans votre nom"),
        ("awa.diallo le matin", "sans votre nom"),
    ],
)
def test_a_weak_password_is_refused_with_what_to_do(password: str, because: str) -> None:
    with pytest.raises(Invalid, match=because):
        refuse_weak(password, **AWA)


def test_any_long_sentence_is_taken_without_rule_of_composition() -> None:
    refuse_weak("trois bateaux verts", **AWA)


def test_the_list_of_the_commonest_is_long_and_sorted() -> None:
    lines = files.text("common-passwords.txt").splitlines()

    assert len(lines) > 300
    assert lines == sorted(set(lines))
    assert all(len(line) >= 12 for line in lines), "a shorter one is refused by its length"
