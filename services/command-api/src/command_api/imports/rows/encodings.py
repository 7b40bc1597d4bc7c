"""In which encoding a file's bytes are, row by row: UTF-8 proves itself, and Windows-1252 is what is left."""

UTF_8, WINDOWS_1252 = "utf-8", "windows-1252"
NAMES = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii"), UTF_8),
    **dict.fromkeys(("windows-1252", "cp1252", "iso-8859-1", "latin1", "iso-8859-15"), WINDOWS_1252),
}
"""As the Content-Type's ``charset`` may call them; browsers take Latin-1 for Windows-1252 likewise."""


class Encodings:
    """``said``: by the sender, None: nobody. Then a row that is no UTF-8 is Windows-1252, unless an earlier one was
    UTF-8 with letters beyond ASCII: such a file is UTF-8, and that row is broken."""

    def __init__(self, said: str | None = None) -> None:
        self._said = said
        self._has_utf_8 = False

    def of(self, text: bytes) -> str:
        """The next row's."""
        if self._said is not None or text.isascii():
            return self._said or UTF_8
        try:
            text.decode(UTF_8)
        except UnicodeDecodeError:
            return UTF_8 if self._has_utf_8 else WINDOWS_1252
        self._has_utf_8 = True
        return UTF_8
