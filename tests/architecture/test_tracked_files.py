"""What belongs to the project names no pattern, no machine, and nobody's package registry."""

import ipaddress
import re
from pathlib import Path

import pytest

from architecture.source import ROOT, name_of, tracked_files

# After the pattern, not after what it does. `service` in the singular: the folder services/ names the deployables.
PATTERN_NAMES = {
    "abstract",
    "base",
    "common",
    "core",
    "dto",
    "dtos",
    "handlers",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "repositories",
    "repository",
    "service",
    "util",
    "utils",
}
BINARY = {".gz", ".ico", ".jar", ".jpg", ".pdf", ".png", ".woff2", ".zip"}
# Written as parts, so that this file doesn't find itself.
MACHINE_PATHS = re.compile(
    "(?<![\\w.~$}/-])/(?:" + "|".join(["home", "Users", "root", "work", "workspace"]) + ")/[\\w.]"
)
REGISTRY_SETTINGS = re.compile(
    r"--(?:extra-)?index-url|--trusted-host|\b(?:extra-)?index[-_]url\s*=|^\s*registry\s*=|_INDEX_URL=|\[\[tool\.uv\.index\]\]"
    r"|artifactory|nexus\.|\.jfrog\.io|pkg\.dev/|codeartifact",
    re.IGNORECASE | re.MULTILINE,
)
LINK = re.compile(r"\bhttps?://(?:[^@/\s]*@)?([A-Za-z0-9.-]+)")


def texts() -> list[tuple[str, str]]:
    return [(name_of(file), file.read_text()) for file in tracked_files() if file.suffix not in BINARY]


def test_no_module_is_named_after_a_pattern() -> None:
    named = [name_of(file) for file in tracked_files() if file.suffix in {".py", ".sql", ".sh"}]
    assert [name for name in named if PATTERN_NAMES & set(re.split(r"[/.]", name))] == []


def test_no_file_knows_a_machine() -> None:
    found = [(name, match[0]) for name, text in texts() for match in MACHINE_PATHS.finditer(text)]
    assert found == []


def test_no_file_knows_a_registry() -> None:
    """Which one is used is the machine's own setting; requirements.lock has hashes, so any will do."""
    here = name_of(Path(__file__))
    found = [(name, match[0]) for name, text in texts() if name != here for match in REGISTRY_SETTINGS.finditer(text)]
    assert found == []


def test_no_link_leads_into_somebodys_network() -> None:
    found = [(name, host) for name, text in texts() for host in LINK.findall(text) if _private(host)]
    assert found == []


def _private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith((".internal", ".local", ".lan", ".corp")) and not host.endswith(".svc.cluster.local")
    return address.is_private and not address.is_loopback


@pytest.mark.parametrize(
    "text",
    [
        'path = "/' + 'home/maria/healz"',
        "cd /" + "work/main",
        "(/" + "root/.cache)",
    ],
)
def test_a_machine_path_is_seen(text: str) -> None:
    assert MACHINE_PATHS.search(text)


@pytest.mark.parametrize(
    "text", ["https://github.com/home/x", "shared/root/x", "/v1/patients", "~/home/healz", "$HOME/root/x"]
)
def test_what_is_no_machine_path_is_let_be(text: str) -> None:
    assert not MACHINE_PATHS.search(text)


def test_private_hosts_are_told_from_public_ones() -> None:
    assert [_private(host) for host in ("10.0.0.7", "pypi.corp", "127.0.0.1", "localhost", "docs.python.org")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_the_lock_file_names_hashes_and_no_place() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert "://" not in lock
