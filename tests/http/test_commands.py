"""Commands: what they do, and how they refuse (0 done, 1 refused, 2 misused, 3 not there yet)."""

import io
import json
import sys
from datetime import date
from pathlib import Path

import pytest

from app import cli
from app.core.settings import Settings
from app.statistics.store import KEPT
from tests.conftest import MASTER
from tests.support.build import Builder


@pytest.fixture
def escale(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> object:
    """Run `escale …` on this test's installation: exit code, output, errors."""
    monkeypatch.setenv("ESCALE_ENV", "test")
    monkeypatch.setenv("ESCALE_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("ESCALE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("ESCALE_MASTER_KEY", MASTER)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["escale", *words])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_structures_are_listed_with_places_and_advisers(build: Builder, escale) -> None:  # type: ignore[no-untyped-def]
    build.everybody()

    code, out, _ = escale("organisation", "list", "--json")

    assert code == 0
    assert json.loads(out)[1] == {
        "slug": "mediatheque-des-quais",
        "name": "Médiathèque des Quais",
        "places": 1,
        "advisers": 1,
    }


@pytest.mark.parametrize(
    "words",
    [
        ("release", "list"),
        ("backup", "x"),
        ("restore", "x"),
        ("check",),
        ("keys", "status"),
        ("retention", "run"),
        ("export", "caf", "-o", "x"),
        ("export", "programme-national", "--format", "pdf", "-o", "x"),
    ],
)
def test_what_is_not_there_yet_says_so(build: Builder, escale, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    code, _, err = escale(*words)

    assert code == 3
    assert "pas encore" in err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("stats", "--as", "personne@exemple.fr"), "Aucun compte"),
        (("stats", "--as", "farid@exemple.fr"), "rôle"),
        (("import", "absent.xlsx", "--organisation", "mediatheque-des-quais"), "n’existe pas"),
        (("export", "inconnu", "-o", "x"), "Aucun rapport"),
        (("account", "disable", "personne@exemple.fr"), "Aucun compte"),
    ],
)
def test_a_refusal_is_one_french_sentence(
    build: Builder,
    escale,
    words: tuple[str, ...],
    sentence: str,  # type: ignore[no-untyped-def]
) -> None:
    build.everybody()

    code, out, err = escale(*words)

    assert code == 1
    assert sentence in err
    assert "Traceback" not in out + err


def test_a_disabled_account_is_out_at_the_next_request(build: Builder, escale, client) -> None:  # type: ignore[no-untyped-def]
    client.as_("awa")
    before = client.get("/")

    code, _, _ = escale("account", "disable", "awa@exemple.fr")
    after = client.get("/")

    assert (before.status_code, code, after.status_code) == (200, 0, 401)


def test_the_access_record_is_whole(build: Builder, escale) -> None:  # type: ignore[no-untyped-def]
    build.a_session()

    code, out, _ = escale("audit", "verify")

    assert code == 0
    assert "entier" in out


def test_figures_are_up_to_date_without_room_to_prepare_their_pages(
    build: Builder,
    settings: Settings,
    escale,  # type: ignore[no-untyped-def]
) -> None:
    build.a_session(held_on=date(2026, 10, 6))
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / KEPT).write_text("in the way")

    code, out, said = escale("facts", "refresh")

    assert (code, "à jour" in out) == (0, True)
    assert "plus lentement" in said


def test_a_command_on_no_installation_says_so_and_leaves_nothing(
    escale,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,  # type: ignore[no-untyped-def]
) -> None:
    monkeypatch.setenv("ESCALE_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")

    code, _, said = escale("stats", "--as", "claire@exemple.fr")

    assert code == 1
    assert "escale init" in said
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("variable", "value"), [("ESCALE_ENV", "prod"), ("ESCALE_ENV_FILE", "/absent")]
)
def test_a_wrong_setting_is_named_in_french(
    escale,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,  # type: ignore[no-untyped-def]
) -> None:
    monkeypatch.setenv(variable, value)

    code, _, said = escale("organisation", "list")

    assert code == 1
    assert variable in said
    assert "validation" not in said


@pytest.mark.parametrize(
    ("name", "organisation", "password", "sentence"),
    [
        ("Zoé Martin", "mediatheque-des-quais", "zoe-martin-2026", "sans votre nom"),
        ("Zoé Martin", "mediatheque-des-quais", "zed@exemple.fr!", "sans votre nom"),
        ("  ", "mediatheque-des-quais", "phare-galet-ecume", "le prénom et le nom"),
        ("Zoé Martin", None, "phare-galet-ecume", "--organisation"),
    ],
)
def test_an_account_that_would_be_weak_or_useless_is_refused(
    build: Builder,
    escale,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
    name: str,
    organisation: str | None,
    password: str,
    sentence: str,
) -> None:
    build.everybody()
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
    words = ["account", "create", "zed@exemple.fr", "--name", name, "--role", "adviser"]
    words += ["--organisation", organisation] if organisation else []

    code, _, said = escale(*words, "--password-stdin")

    assert code == 1
    assert sentence in said


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("ESCALE_MASTER_KEY", "A" * 43, "n’est pas celle de cette base"),
        ("ESCALE_MASTER_KEY_FILE", "/absent", "Impossible de lire"),
        ("ESCALE_DATABASE_URL", "nonsense", "ESCALE_DATABASE_URL"),
        ("ESCALE_DATABASE_URL", "postgresql+psycopg://x@127.0.0.1:1/x", "ESCALE_DATABASE_URL"),
    ],
)
def test_an_installation_that_does_not_open_is_explained(
    build: Builder,
    escale,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
    variable: str,
    value: str,
    sentence: str,
) -> None:
    build.everybody()
    monkeypatch.setenv(variable, value)

    code, _, said = escale("organisation", "create", "Truc", "--commune", "35238")

    assert code == 1
    assert sentence in said
    assert "Traceback" not in said


def test_a_structure_needs_a_name(build: Builder, escale) -> None:  # type: ignore[no-untyped-def]
    build.everybody()

    assert escale("organisation", "create", " ", "--commune", "35238")[0] == 1
