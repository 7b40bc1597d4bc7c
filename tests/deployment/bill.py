"""``make sbom``: what is in each image, as CycloneDX. Each is made as the Dockerfile says; cyclonedx-py reads what was
installed. Of the base image its own bill tells.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from architecture.source import ROOT
from deployment.dockerfile import make, targets

FOLDER = ROOT / ".local" / "sbom"


def bill(name: str, made: Path, output: Path) -> None:
    """Writes the bill of one image, made below ``made``: whole, or not at all. Raises CalledProcessError."""
    image = make(name, made)
    program = str(Path(sys.executable).with_name("cyclonedx-py"))
    command = [program, "environment", "--output-reproducible", "--spec-version"]
    interpreter = image.here(["/healz/bin/python"])
    unfinished = output.with_name(f".{output.name}.unfinished")
    try:
        command += ["1.6", "--output-file", str(unfinished), *interpreter]
        subprocess.run(command, check=True, capture_output=True)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        for name in targets():
            bill(name, Path(made), FOLDER / f"{name}.cdx.json")
            sys.stdout.write(f"{(FOLDER / name).relative_to(ROOT)}.cdx.json\n")


if __name__ == "__main__":
    main()
