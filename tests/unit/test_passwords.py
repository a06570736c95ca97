"""Passwords: what is refused, and the list of the commonest."""

import random
import string
from typing import Any

import pytest

from app.accounts.passwords import refuse_weak
from app.core.errors import Invalid
from app.reference import files

AWA: dict[str, Any] = {
    "email": "awa.diallo@exemple.fr",
    "name": "Awa Diallo",
    "structures": ("Médiathèque des Quais",),
}


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("trop court", "au moins 12 signes"),
        ("motdepasse123", "trop courant"),
        ("MotDePasse 123", "trop courant"),
        ("azertyuiop123", "trop courant"),
        ("123456789012", "trop courant"),
        ("passwordpassword", "trop courant"),
        ("conseiller2026", "trop courant"),
        ("motdepasse!!", "trop courant"),
        ("vive diallo toujours", "sans votre nom"),
        ("awa.diallo le matin", "sans votre nom"),
        ("diallodiallodiallo", "sans votre nom"),
        ("a w a.d i a l l o", "sans votre nom"),
        ("aaaaaaaaaaaaaaaaaaaa", "se répète"),
        ("............", "se répète"),
        ("éééééé éééééé", "se répète"),
        ("1234123412341", "se répète"),
        ("bateau bateau bateau", "se répète"),
        ("xK9!xK9!xK9!", "se répète"),
        ("121122112212", "se répète"),
        ("abcdefghijklmnop", "l’ordre des lettres"),
        ("zyxwvutsrqpon", "l’ordre des lettres"),
        ("1.2.3.4.5.6.7.8.9.0", "l’ordre des lettres"),
        ("abcd 1234 abcd 9876", "l’ordre des lettres"),
        ("aaaabbbbccccddddeeee", "l’ordre des lettres"),
        ("azerty-azerty-2026", "l’ordre des lettres"),
        ("qsdfghjklm!wxcvbn", "l’ordre des lettres"),
        ("Médiathèque-des-Quais", "nom d’Escale ou de votre structure"),
        ("mediatheque 2026", "nom d’Escale ou de votre structure"),
        ("escale quais 26", "nom d’Escale ou de votre structure"),
    ],
)
def test_a_weak_password_is_refused_with_what_to_do(password: str, because: str) -> None:
    with pytest.raises(Invalid, match=because):
        refuse_weak(password, **AWA)


@pytest.mark.parametrize(
    "password",
    [
        "trois bateaux verts",
        "sapins verts",
        "restaurant poire opera",
        "escale à la plage ce soir",
        "la médiathèque ferme à midi",
        "Zz9!kP#r?7_Q",
        "!?;:§£µ*^$%&",
        "bateau vert, bateau bleu",
    ],
)
def test_any_long_sentence_is_taken_without_rule_of_composition(password: str) -> None:
    refuse_weak(password, **AWA)


def test_a_password_as_long_as_a_form_takes_is_judged_at_once() -> None:
    with pytest.raises(Invalid):
        refuse_weak("a" * 1024, **AWA)
    refuse_weak("trois bateaux verts " * 2 + "azerty" * 150, **AWA)


def test_what_a_manager_draws_is_hardly_ever_refused() -> None:
    draw = random.Random(1)
    signs = string.ascii_letters + string.digits + "!?-_."

    refused = 0
    for _ in range(2_000):
        try:
            refuse_weak("".join(draw.choices(signs, k=14)), **AWA)
        except Invalid:
            refused += 1

    assert refused <= 1


def test_the_list_of_the_commonest_is_long_and_sorted() -> None:
    lines = files.text("common-passwords.txt").splitlines()

    assert len(lines) > 300
    assert lines == sorted(set(lines))
    assert all(len(line) >= 12 for line in lines), "a shorter one is refused by its length"


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("Paul Petit", "trois petites tortues"),
        ("Anne Blanc", "maison blanche hiver"),
        ("Rose Martin", "quatre arrosages le soir"),
    ],
)
def test_an_own_name_inside_a_longer_word_tells_nothing(name: str, password: str) -> None:
    refuse_weak(password, email="contact@exemple.fr", name=name)
    with pytest.raises(Invalid):
        refuse_weak(f"{password} {name.split()[0]}", email="contact@exemple.fr", name=name)
