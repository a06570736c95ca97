"""A browser without JavaScript: posts forms as a browser does, keeps cookies, signs people in."""

from typing import Any, Self

from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.support.build import Builder


class Browser(TestClient):
    """The application as a person reaches it."""

    def __init__(self, app: FastAPI, build: Builder) -> None:
        super().__init__(
            app,
            base_url="http://escale.test",
            raise_server_exceptions=False,
            follow_redirects=False,
            headers={"sec-fetch-site": "same-origin"},
        )
        self._build = build

    def as_(self, who: str) -> Self:
        """Be one of the usual people."""
        self.cookies.set("escale", self._build.token(who), domain="escale.test", path="/")
        return self

    def htmx(self, method: str, url: str, **options: Any) -> Any:
        """Send a request as htmx does when it swaps a part of the page."""
        headers = {"hx-request": "true", "hx-request-type": "partial", "accept": "text/html"}
        return self.request(method, url, headers=headers, **options)
