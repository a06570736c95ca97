"""Assessments: answered one by one, taken up, finished once, shown, moved, given and erased."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from app.accounts.models import Login, SignInFailure
from app.assessments import service
from app.assessments.bank import UNKNOWN, bank
from app.assessments.models import Assessment
from app.audit.models import AccessRecord, Did
from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from app.core.scope import Scope
from app.main import ROUTERS
from app.privacy import access
from app.residents.service import NamedResident
from tests.support.build import NOW, PASSWORD, Builder
from tests.support.client import Browser

QUESTIONS = bank().questions
LENT = "/tablette-pretee"


@pytest.fixture
def nicole(client: Browser, build: Builder) -> NamedResident:
    """Somebody to answer, and Awa signed in."""
    client.as_("awa")
    return build.a_resident()


def begin(client: Browser, person: NamedResident, **how: str) -> str:
    """Start, and give the address of the assessment."""
    started = client.post(f"/beneficiaires/{person.id}/diagnostic", data={"mode": "together"} | how)
    assert started.status_code == 303
    return str(started.headers["location"].partition("/questions/")[0].removesuffix("/fin"))


def fill(client: Browser, path: str, **but: str) -> None:
    """Answer every question, one by one, at the highest level but for some."""
    for question in QUESTIONS:
        code = but.get(question.id, question.answers[-1].code)
        answered = client.post(f"{path}/questions/{question.id}", data={"answer": code})
        assert answered.status_code == 303, question.id


def assessed(build: Builder, person: NamedResident, level: int, **but: str) -> str:
    """Assess somebody at once; give the address of the result."""
    actor = build.actor("awa")
    with build.database.writing(actor.scope) as db:
        row = service.start(db, actor, person.id, now=clock.now())
        for question in QUESTIONS:
            code = but.get(question.id, question.answers[level].code)
            service.answer(db, person.id, row.id, question, code)
        service.finish(db, actor, person.id, row.id, now=clock.now())
        return f"/beneficiaires/{person.id}/diagnostic/{row.id}"


def of_messages(rank: int) -> dict[str, str]:
    """Give the same answer to each question on messages."""
    return {q.id: q.answers[rank].code for q in QUESTIONS if q.theme == "messages"}


def rows(database: Database, model: type[Any]) -> list[Any]:
    """Read a whole table."""
    with database.reading(Scope.system("tests")) as db:
        return list(db.exec(select(model)))


def test_it_is_stopped_taken_up_and_finished_once(
    client: Browser, nicole: NamedResident, database: Database
) -> None:
    home = f"/beneficiaires/{nicole.id}/diagnostic"
    path = begin(client, nicole)
    for question in QUESTIONS[:6]:
        client.post(f"{path}/questions/{question.id}", data={"answer": UNKNOWN})
    again = begin(client, nicole)
    file, offered = client.get(f"/beneficiaires/{nicole.id}").text, client.get(home).text

    assert again == path
    assert "Reprendre à la question 7 sur 20" in file
    assert "Reprendre à la question 7 sur 20" in offered
    assert client.get(path).headers["location"] == f"{path}/questions/{QUESTIONS[6].id}"
    early = client.post(f"{path}/fin")
    assert early.headers["location"] == f"{path}/questions/{QUESTIONS[6].id}"

    fill(client, path, scam="reply", passwords="same", site="no")
    assert client.get(f"{path}/questions/device").text.count("checked") == 1
    ended = client.post(f"{path}/fin")
    result = client.get(ended.headers["location"]).text
    assert ended.headers["location"] == path
    assert "Apprendre à voir un faux message." in result
    assert result.index("Vos points forts") < result.index("Votre prochaine étape")
    assert "17Cyber" in result
    for late in (
        client.post(f"{path}/fin"),
        client.post(f"{path}/questions/device", data={"answer": "none"}),
        client.get(f"{path}/questions/device"),
    ):
        assert late.headers["location"] == f"{path}?geste=deja-fini"
    assert "rien n’a été changé" in client.get(f"{path}?geste=deja-fini").text

    (row,) = rows(database, Assessment)
    assert (row.finished_at is not None, row.divides) == (True, ["skills"])
    assert b"reply" not in row.answers
    did = [r.did for r in rows(database, AccessRecord) if r.subject_id == nicole.id]
    assert {Did.START_ASSESSMENT, Did.FINISH_ASSESSMENT, Did.READ_ASSESSMENT} <= set(did)


def test_what_cannot_be_answered_is_refused_with_what_to_do(
    client: Browser, build: Builder, nicole: NamedResident, database: Database
) -> None:
    path = begin(client, nicole)
    other = build.a_resident(given_name="Paul")
    one = path.rpartition("/")[2]

    for typed in ({}, {"answer": ""}, {"answer": "x" * 50}, {"answer": "box"}):
        refused = client.post(f"{path}/questions/device", data=typed)
        assert refused.status_code == 422
        assert "Choisissez une réponse" in refused.text
        assert 'aria-describedby="e-answer"' in refused.text
    nowhere = [
        client.get(f"{path}/questions/inconnue"),
        client.post(f"{path}/questions/inconnue", data={"answer": UNKNOWN}),
        client.get(f"/beneficiaires/{other.id}/diagnostic/{one}/questions/device"),
        client.post(f"/beneficiaires/{other.id}/diagnostic/{one}/fin"),
        client.get(f"/beneficiaires/{nicole.id}/diagnostic/{new_id()}"),
        client.post(f"/beneficiaires/{new_id()}/diagnostic", data={"mode": "together"}),
    ]
    client.as_("bruno")
    nowhere += [
        client.get(f"{path}/questions/device"),
        client.post(f"{path}/questions/device", data={"answer": UNKNOWN}),
        client.get(f"/beneficiaires/{nicole.id}/diagnostic"),
    ]
    assert [answer.status_code for answer in nowhere] == [404] * len(nowhere)


def test_a_second_one_tells_what_moved_and_the_note_takes_it_over(
    client: Browser, build: Builder, nicole: NamedResident
) -> None:
    first = assessed(build, nicole, -1, **of_messages(0))
    second = assessed(build, nicole, -1, **of_messages(2), device="phone", home=UNKNOWN)
    workshop = build.a_workshop()

    result = client.get(second).text
    file = client.get(f"/beneficiaires/{nicole.id}").text
    note = client.get(f"/activites/nouvelle?personne={nicole.id}&diagnostic={second[-36:]}").text

    assert "de 0 à 3" in result
    assert "en progrès" in result
    assert 'class="before"' in result
    assert 'role="img"' in result
    assert "<desc" in result
    assert "<caption>Résultat du diagnostic" in result
    assert "Point fort" in file
    assert "Refaire le diagnostic" in file
    for chosen in ('value="phone_only"', 'value="diagnostic_numerique"', 'value="autonome"'):
        assert any("checked" in tag for tag in note.split("<") if chosen in tag), chosen
    assert workshop.title not in result, "the workshop is about another theme"
    assert client.get(first).status_code == 200


def test_a_workshop_of_the_theme_is_proposed_once(
    client: Browser, build: Builder, nicole: NamedResident
) -> None:
    path = assessed(build, nicole, -1, **of_messages(0))
    workshop = build.a_workshop()

    proposed = client.get(path).text
    client.post(f"/ateliers/{workshop.id}/inscrits", data={"resident_id": str(nicole.id)})
    after = client.get(path).text

    assert workshop.title in proposed
    assert f"/ateliers/{workshop.id}/inscrits" in proposed
    assert 'value="Ouvrir votre boîte e-mail."' in proposed, "the follow-up says the next step"
    assert "Inscription faite" in after
    assert f"/ateliers/{workshop.id}/inscrits" not in after


def test_a_lent_browser_opens_its_assessment_and_nothing_else(
    client: Browser, build: Builder, nicole: NamedResident, database: Database
) -> None:
    before = client.cookies["escale"]
    other = begin(client, build.a_resident(given_name="Paul"))
    path = begin(client, nicole, mode="alone")
    lent = client.cookies["escale"]
    client.cookies.set("escale", before, domain="escale.test", path="/")
    assert client.get("/").status_code == 401, "the former token opens nothing"
    client.cookies.set("escale", lent, domain="escale.test", path="/")

    opened = {f"{path}/questions/device", f"{path}/fin", LENT}
    walked = 0
    for router in ROUTERS:
        for route in router.routes:
            for method in route.methods:  # type: ignore[attr-defined]
                address = route.path.replace("{resident_id}", str(nicole.id))  # type: ignore[attr-defined]
                address = address.replace("{assessment_id}", path[-36:])
                address = address.replace("{question_id}", "device")
                for name in ("{slug}", "{format}", "{token}"):
                    address = address.replace(name, "x")
                while "{" in address:
                    start, _, rest = address.partition("{")
                    address = start + str(new_id()) + rest.partition("}")[2]
                if address in opened or address == "/deconnexion":
                    continue
                answer = client.request(method, address)
                refused = answer.status_code in (303, 403) and "Nicole" not in answer.text
                assert refused, f"{method} {address}: {answer.status_code}"
                if answer.status_code == 303:
                    assert answer.headers["location"] == LENT, f"{method} {address}"
                walked += 1
    assert walked > 90
    assert client.htmx("GET", "/agenda").headers["hx-redirect"] == LENT
    assert client.get(f"{other}/questions/device").headers["location"] == LENT
    asked = client.get(f"{path}/questions/device").text
    assert all(word not in asked for word in ("Nicole", "Awa", "<nav"))
    fill(client, path)
    assert client.post(f"{path}/fin").headers["location"] == LENT
    assert "Merci, c’est fini" in client.get(LENT).text
    assert client.get(path).headers["location"] == LENT, "the result is seen together"


def test_only_the_password_takes_it_back_and_guesses_are_slowed(
    client: Browser, nicole: NamedResident, database: Database
) -> None:
    path = begin(client, nicole, mode="alone")

    missing = client.post(LENT, data={"password": ""})
    wrong = [client.post(LENT, data={"password": "non"}) for _ in range(6)]
    assert missing.status_code == 422
    assert "Tapez votre mot de passe" in missing.text
    assert [answer.status_code for answer in wrong] == [422] * 5 + [429]
    assert "Ce n’est pas votre mot de passe" in wrong[0].text
    assert client.get(f"/beneficiaires/{nicole.id}").headers["location"] == LENT

    with database.writing(Scope.system("tests")) as db:
        for failure in db.exec(select(SignInFailure)):
            failure.at -= timedelta(hours=1)
    taken = client.post(LENT, data={"password": PASSWORD})
    assert taken.headers["location"] == path.rpartition("/")[0]
    assert client.get(f"/beneficiaires/{nicole.id}").status_code == 200
    assert all(login.lent_to is None for login in rows(database, Login))
    did = [(r.did, r.succeeded) for r in rows(database, AccessRecord)]
    assert did.count((Did.TAKE_DEVICE_BACK, False)) == 5
    assert (Did.LEND_DEVICE, True) in did
    assert (Did.TAKE_DEVICE_BACK, True) in did


def test_it_follows_the_person_when_files_are_joined_and_parted_and_leaves_with_her(
    client: Browser, build: Builder, nicole: NamedResident, database: Database
) -> None:
    path = assessed(build, nicole, 0)
    begin(client, nicole)
    kept = build.a_resident(given_name="Nicolle")

    client.post(f"/beneficiaires/{kept.id}/reunir/{nicole.id}")
    joined = client.get(path.replace(str(nicole.id), str(kept.id)))
    client.post(f"/beneficiaires/{kept.id}/separer")
    parted = client.get(path)
    with database.writing(Scope.system("tests")) as db:
        held = access.document(db, nicole.id, by=None, now=NOW)
    client.post(f"/beneficiaires/{nicole.id}/effacer", data={"why": "demande", "word": "effacer"})

    assert (joined.status_code, parted.status_code) == (200, 200)
    assert len(held["diagnostics"]) == 2
    (done,) = [one for one in held["diagnostics"] if one["terminé le"]]
    assert done["réponses"]["Pouvez-vous imprimer un papier\u00a0?"] == "Non, je ne peux pas."
    assert done["résultats, sur 4"]["Messages"] == 0
    assert json.dumps(held)
    assert rows(database, Assessment) == []


def test_beginning_again_forgets_what_was_under_way(
    client: Browser, nicole: NamedResident, database: Database
) -> None:
    first = begin(client, nicole)
    client.post(f"{first}/questions/device", data={"answer": "own"})

    second = begin(client, nicole, again="true")

    assert second != first
    assert client.get(f"{first}/questions/device").status_code == 404
    assert len(rows(database, Assessment)) == 1


def test_what_one_tablet_finishes_stays_when_another_begins_again(
    build: Builder, nicole: NamedResident, database: Database
) -> None:
    actor = build.actor("awa")
    with database.writing(actor.scope) as db:
        row = service.start(db, actor, nicole.id, now=NOW)
        for question in QUESTIONS:
            service.answer(db, nicole.id, row.id, question, UNKNOWN)

    def begin_again() -> None:
        with database.writing(actor.scope) as db:
            service.start(db, actor, nicole.id, again=True, now=NOW)

    def is_held_up() -> bool:
        with database.engine.connect() as one:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            return database.is_sqlite or one.exec_driver_sql(waiting).scalar_one() > 0

    with ThreadPoolExecutor(1) as other, database.writing(actor.scope) as db:
        service.finish(db, actor, nicole.id, row.id, now=NOW)
        begun = other.submit(begin_again)
        while not is_held_up() and not begun.done():
            pass

    begun.result()
    assert sorted(one.finished_at is None for one in rows(database, Assessment)) == [False, True]
