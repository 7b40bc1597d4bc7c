"""The console as a browser without scripts uses it: follows links and sends forms, cookies and all."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urljoin

import httpx

from healz.read_models import READ_MODELS
from system import System

ACTIVE = re.compile(r"^on|^hx-on|^style$")
"""Attributes that a Content-Security-Policy without unsafe-inline doesn't run."""


@dataclass
class PageForm:
    """``fields`` as the page filled them in."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Seen(HTMLParser):
    """What is on a page: its forms, its links, its text, and whatever would be inline code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self.inline: list[str] = []
        self.text = ""
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.inline += [f"{tag} {name}" for name in named if ACTIVE.search(name)]
        self._script = tag in ("script", "style")
        if tag == "style" or (tag == "script" and "src" not in named):
            self.inline.append(tag)
        if tag == "form":
            self.forms.append(PageForm(named.get("action", "")))
        elif tag == "input" and self.forms and "name" in named:
            self.forms[-1].fields[named["name"]] = named.get("value", "")
        elif tag == "button" and "formaction" in named:
            # A form that goes elsewhere by this button, which says something of its own.
            self.forms.append(PageForm(named["formaction"], self.forms[-1].fields | {named["name"]: named["value"]}))
        elif tag == "a":
            self.links.append(named.get("href", ""))
            if named.get("href", "").lower().startswith("javascript:"):
                self.inline.append("a href")

    def handle_endtag(self, tag: str) -> None:
        self._script = False

    def handle_data(self, data: str) -> None:
        if not self._script:
            self.text += data


class Visitor:
    """Somebody at the console, with a token."""

    def __init__(self, base_url: str, language: str = "en") -> None:
        self.client = httpx.AsyncClient(
            base_url=base_url, headers={"Accept-Language": language}, timeout=30, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def log_in(self, token: str, **fields: str) -> httpx.Response:
        """By the form of the login page."""
        page = Seen((await self.client.get("/console/session")).text)
        return await self.send(page.forms[0], token=token, **fields)

    async def look(self, path: str, status: int = 200) -> Seen:
        answer = await self.client.get(path)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return Seen(answer.text)

    async def send(self, form: PageForm, headers: dict[str, str] | None = None, /, **fields: str) -> httpx.Response:
        return await self.client.post(form.action, data=form.fields | fields, headers=headers)

    async def follow(self, answer: httpx.Response) -> Seen:
        """Where a form led to."""
        assert answer.status_code == 303, (answer.status_code, answer.text)
        return await self.look(urljoin(str(answer.url), answer.headers["location"]))


def form_to(page: Seen, ends: str) -> PageForm:
    """The first form of the page whose address ends so."""
    return next(form for form in page.forms if form.action.endswith(ends))


def given_logins(system: System) -> System:
    """With the logins that the pipeline's pages look with."""
    system.settings |= {
        "RELAY_DATABASE_URL": system.database.url("healz_relay"),
        **{
            f"PROJECTOR_{name.upper()}_DATABASE_URL": system.database.url(f"healz_projector_{name}")
            for name in READ_MODELS
        },
        "HEALZ_CONSOLE_GROUP": f"projector-{{projection}}-{system.topic}",
    }
    return system
