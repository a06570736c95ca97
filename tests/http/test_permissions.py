"""Who may go where: every route with every role; nobody finds another structure's rows."""

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from app.accounts.permissions import GRANTS, Permission, Role
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.main import ROUTERS
from tests.support.build import Builder
from tests.support.client import Browser

ROLES = {
    "awa": Role.ADVISER,
    "claire": Role.COORDINATOR,
    "farid": Role.FUNDER,
    "alix": Role.ADMIN,
    "dora": Role.DPO,
    "root": Role.INSTANCE_ADMIN,
}
EVERYBODY = {Permission.PUBLIC, Permission.OWN_ACCOUNT}


def routes_of() -> Iterator[tuple[str, str, Permission]]:
    """List every method and path, with the permission that it declares."""
    for route in (route for router in ROUTERS for route in router.routes):
        assert isinstance(route, APIRoute)
        declared = [
            permission
            for dependency in route.dependencies
            if (permission := getattr(dependency.dependency, "permission", None))
        ]
        assert len(declared) == 1, f"{route.path} declares no permission"
        for method in sorted(route.methods or ()):
            yield method, route.path, declared[0]


def address(path: str) -> str:
    """Fill a route's parameters with what is nobody's."""
    filled = re.sub(r"\{slug\}", "aide-logement", path)
    filled = re.sub(r"\{format\}", "csv", filled)
    return re.sub(r"\{\w+\}", str(new_id()), filled)


def test_every_route_obeys_its_permission_for_every_role(client: Browser, build: Builder) -> None:
    walked = list(routes_of())
    assert len(walked) > 30, "the walk found too few routes"

    for who, role in ROLES.items():
        client.cookies.clear()
        client.as_(who)
        for method, path, permission in walked:
            if path == "/deconnexion":
                continue
            response = client.request(method, address(path))
            allowed = permission in GRANTS[role] or permission in EVERYBODY
            assert (response.status_code != 403) is allowed, f"{who} {method} {path}"
            no_figures_yet = response.status_code == Unavailable.status
            assert response.status_code < 500 or no_figures_yet, f"{who} {method} {path}"


def test_nobody_signed_in_reaches_only_public_pages(client: Browser) -> None:
    for method, path, permission in routes_of():
        response = client.request(method, address(path))
        is_refused = response.status_code == 401
        assert is_refused is (permission is not Permission.PUBLIC), f"{method} {path}"


@pytest.mark.parametrize("who", ["bruno", "claire", "farid", "alix", "dora", "root"])
def test_a_structures_rows_exist_for_its_advisers_only(
    client: Browser, build: Builder, who: str
) -> None:
    person = build.a_resident(of="awa", family_name="Zyxwv")
    session = build.a_session(by="awa", who="resident", resident_id=person.id)

    client.as_(who)
    answers = [
        client.get(path)
        for path in (
            f"/beneficiaires/{person.id}",
            f"/beneficiaires/{person.id}/modifier",
            f"/activites/{session.id}/corriger",
            f"/activites/nouvelle?personne={person.id}",
            f"/activites?personne={person.id}&periode=tout",
            "/beneficiaires",
            "/activites?periode=tout",
            "/",
        )
    ]
    answers.append(client.post("/beneficiaires/recherche", data={"q": "zyxwv"}))
    answers.append(client.post("/activites/nouvelle/personnes", data={"person_q": "zyxwv"}))

    assert all(answer.status_code in {200, 303, 403, 404} for answer in answers)
    assert all("Zyxwv" not in answer.text for answer in answers)
    assert str(session.id) not in "".join(answer.text for answer in answers)


def test_a_post_from_another_site_is_refused(client: Browser, build: Builder) -> None:
    client.as_("awa")

    forged = client.post(
        "/passages", data={"id": str(new_id())}, headers={"sec-fetch-site": "cross-site"}
    )
    unsaid = client.post(
        "/passages", data={"id": str(new_id())}, headers={"sec-fetch-site": "none"}
    )

    assert forged.status_code == unsaid.status_code == 403


def test_signing_in_never_leads_outside(client: Browser, build: Builder) -> None:
    from tests.support.build import PASSWORD

    build.everybody()
    for target in ("https://ailleurs.example", "//ailleurs.example", "/\\ailleurs.example"):
        response = client.post(
            "/connexion",
            data={"email": "awa@exemple.fr", "password": PASSWORD, "next": target},
        )
        assert response.headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_address_read_alike(
    client: Browser, build: Builder
) -> None:
    build.everybody()

    wrong = client.post("/connexion", data={"email": "awa@exemple.fr", "password": "non"})
    unknown = client.post("/connexion", data={"email": "qui@exemple.fr", "password": "non"})

    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("awa@", "qui@") == unknown.text


def test_personal_pages_are_kept_in_no_cache(client: Browser, build: Builder) -> None:
    person = build.a_resident()

    response = client.as_("awa").get(f"/beneficiaires/{person.id}")

    assert response.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in response.headers["content-security-policy"]
