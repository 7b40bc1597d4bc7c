"""What stands in one place: the list of the read models, the default time zone."""

from architecture.source import COMMAND_API, ROOT
from command_api.decide.times import DEFAULT_TIME_ZONE
from healz.read_models import READ_MODELS


def test_each_read_model_has_a_service_of_its_own() -> None:
    services = {folder.name for folder in (ROOT / "services").glob("projector-*")}
    assert services == {f"projector-{name}" for name in READ_MODELS}


def test_the_default_time_zone_is_named_once() -> None:
    sources = [file for folder in ("shared", "services", "deploy") for file in (ROOT / folder).rglob("src/**/*.py")]
    naming = [file for file in sources if DEFAULT_TIME_ZONE in file.read_text()]
    assert naming == [COMMAND_API / "decide" / "times.py"]
