"""A real browser for tests: Debian's Chromium, headless, at the widths and in the languages of the console's users."""

import gzip
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from system import WAIT_SECONDS

CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
AXE = Path(__file__).parent / "e2e" / "axe-4.14.1.min.js.gz"
WIDTHS = (390, 1280)
LANGUAGES = ("pt-BR", "en-US")
SHOTS = os.environ.get("HEALZ_SCREENSHOTS")
"""A folder: where pictures of the pages go, for somebody to look at."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Started for one test."""
    async with async_playwright() as playwright:
        # A container has no name spaces to give to a sandbox, and what it looks at is ours.
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield started
        finally:
            await started.close()


@dataclass
class Looker:
    """Somebody who looks. ``complaints``: what the browser said in its own console, which is to be nothing."""

    page: Page
    context: BrowserContext
    base_url: str
    complaints: list[str] = field(default_factory=list)

    async def log_in(self, token: str) -> None:
        await self.page.goto(f"{self.base_url}/console")
        await self.page.fill("#token", token)
        await self.page.click("button.main")

    async def look(self, path: str) -> None:
        answer = await self.page.goto(self.base_url + path)
        assert answer is not None
        assert answer.status == 200, (path, answer.status)

    async def open_all(self) -> None:
        """Whatever can be unfolded, and what is in it once it has come."""
        closed = self.page.locator("details:not([open]) > summary:visible")
        while await closed.count():
            await closed.first.click()
        await expect(self.page.locator("details[open] > .told > a")).to_have_count(0)

    async def violations(self) -> list[str]:
        """What axe-core finds wrong with the page as it is now."""
        # By the debugger: the page's own policy would refuse it as a script.
        await self.page.evaluate(gzip.decompress(AXE.read_bytes()).decode())
        found: Any = await self.page.evaluate(
            "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
        )
        return [
            f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes'][:3]]}"
            for one in found["violations"]
        ]

    async def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        wider: int = await self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wider

    async def picture(self, name: str) -> None:
        if SHOTS:
            await self.page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


expect.set_options(timeout=WAIT_SECONDS * 1000)


@asynccontextmanager
async def looking(
    started: Browser, base_url: str, *, width: int = 1280, language: str = "pt-BR"
) -> AsyncIterator[Looker]:
    """A window of that width, with cookies of its own."""
    context = await started.new_context(viewport={"width": width, "height": 900}, locale=language)
    page = await context.new_page()
    page.set_default_timeout(WAIT_SECONDS * 1000)
    looker = Looker(page, context, base_url)

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            looker.complaints.append(message.text)

    page.on("console", said)
    page.on("pageerror", lambda error: looker.complaints.append(str(error)))
    try:
        yield looker
    finally:
        await context.close()
