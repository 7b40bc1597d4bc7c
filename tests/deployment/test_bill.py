"""A bill of materials is there whole, or not at all."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deployment import bill


def test_one_that_is_interrupted_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun: list[Path] = []

    def interrupted(command: list[str], **_: Any) -> None:
        begun.append(Path(command[command.index("--output-file") + 1]))
        begun[0].touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(bill, "make", lambda *_: SimpleNamespace(here=lambda command: command))
    monkeypatch.setattr(subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bill.bill("api", tmp_path, tmp_path / "api.cdx.json")
    assert begun
    assert list(tmp_path.iterdir()) == []
