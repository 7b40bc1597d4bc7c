"""What became of a file's rows: the answer."""

from pydantic import BaseModel, Field


class Refusal(BaseModel):
    """``row`` as a spreadsheet counts: the header is row 1. Neither text holds anything of a patient."""

    row: int = Field(examples=[12])
    column: str | None = Field(default=None, examples=["booked_at"])
    rule: str = Field(examples=["cell_invalid"])
    message: str = Field(examples=["give the time like 2019-03-14T15:30:00-03:00"])


class Tally(BaseModel):
    """``rows`` = accepted + known + refused; empty rows are not counted."""

    import_key: str = Field(examples=["agenda-2019"])
    rows: int = Field(default=0, description="that the file holds")
    accepted: int = Field(default=0, description="recorded by this request")
    squeezed_in: int = Field(default=0, description="of these, beside another of the doctor's: they are marked")
    known: int = Field(default=0, description="recorded before: by an earlier try, or from another file")
    refused: int = 0
    refusals: list[Refusal] = Field(default=[], description="the first of them, in the file's order")
    remarked: int = Field(default=0, description="rows that stand without a cell that can't be right")
    remarks: list[Refusal] = Field(default=[], description="the first of them: which cell, and why it was left out")
    dry_run: bool = Field(default=False, description="nothing was recorded; accepted are those that would be")
    events: int = Field(default=0, description="that this request led to")
    position: int | None = Field(default=None, description="of the tenant, at the last of them")

    def refuse(self, refusal: Refusal, shown_max: int) -> None:
        """Counts it, and shows it while few are shown."""
        self.refused += 1
        if len(self.refusals) < shown_max:
            self.refusals.append(refusal)

    def remark(self, remark: Refusal, shown_max: int) -> None:
        """Of a row that was not refused."""
        self.remarked += 1
        if len(self.remarks) < shown_max:
            self.remarks.append(remark)

    def record(self, events: int, position: int) -> None:
        """A command led to so many events, the last at this position."""
        self.events += events
        if not self.dry_run:
            self.position = max(self.position or 0, position)
