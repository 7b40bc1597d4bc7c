"""Line ends as one: a file of old may end its lines with a carriage return alone."""


class LineEnds:
    """The first line end of a file tells: a carriage return without a line feed behind it is then made one."""

    def __init__(self) -> None:
        self._alone: bool | None = None
        """None: no line end was seen yet."""
        self._held = False
        """A carriage return came last, and what follows it is not known."""

    def feed(self, piece: bytes) -> bytes:
        """The piece with line feeds."""
        if self._alone is None:
            piece, self._held = (b"\r" if self._held else b"") + piece, False
            at = piece.find(b"\r")
            feed = piece.find(b"\n")
            if feed >= 0 and (at < 0 or feed <= at + 1):
                self._alone = False
            elif at >= 0 and at + 1 < len(piece):
                self._alone = True
            elif at >= 0:
                self._held = True
                return piece[:at]
        return piece.replace(b"\r", b"\n") if self._alone else piece

    def end(self) -> bytes:
        """What was held back."""
        return b"\n" if self._held else b""
