"""What goes over the wire: tables that are measured, and generalised."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from lukhas_common.privacy.anonymity.mondrian import Generalised, Wanted, generalise
from lukhas_common.privacy.anonymity.report import Report, measure
from lukhas_common.privacy.anonymity.table import AnonymityError, AnonymityReason
from lukhas_common.strict_request import StrictRequest

MOST_CELLS = 100_000
"""Cells of a table, rows by named columns: a generalised one fits into an answer, and is made within the time."""

LARGEST_ANSWER = 5_000_000
"""Bytes of JSON; Lambda sends 6 MB at most, in which this is a text."""

Text = Annotated[StrictStr, Field(max_length=256)]
Number = Annotated[StrictInt, Field(ge=-(2**53), le=2**53)] | Annotated[StrictFloat, Field(allow_inf_nan=False)]
Cell = StrictBool | Number | Text | None
Name = Annotated[str, Field(min_length=1, max_length=64)]


class AnonymityRequest(StrictRequest):
    """A table, which of its columns tell who people are, and what nobody should know of them."""

    rows: list[dict[Name, Cell]] = Field(min_length=1, examples=[[{"age": 34, "town": "Ulm", "ill": "flu"}]])
    quasi_identifiers: list[Name] = Field(min_length=1, max_length=20, examples=[["age", "town"]])
    sensitive: list[Name] = Field([], max_length=10, examples=[["ill"]])
    k: int | None = Field(None, ge=1, le=100_000, description="Generalise until each class has so many rows.")
    l: int = Field(1, ge=1, le=1_000, description="With `k`: and so many values of each sensitive column.")  # noqa: E741
    t: float = Field(1, ge=0, le=1, description="With `k`: and lies no further from the table than this.")


class DiversityFound(BaseModel):
    """What classes tell of a sensitive column."""

    column: str
    distinct_l: int
    entropy_l: float
    t: float


class ReportFound(BaseModel):
    """How well a table hides the people in it."""

    rows: int
    classes: int = Field(description="Sets of rows that are alike in all quasi-identifiers.")
    k: int = Field(description="Rows of the smallest class.")
    unique: int = Field(description="Rows that are alone in their class.")
    mean_risk: float = Field(description="Mean over rows of one divided by the size of the class.")
    sizes: dict[int, int] = Field(description="How many classes there are of each size.")
    sensitive: list[DiversityFound]

    @classmethod
    def of(cls, found: Report) -> ReportFound:
        hidden = [
            DiversityFound(column=d.column, distinct_l=d.distinct_l, entropy_l=d.entropy_l, t=d.t)
            for d in found.sensitive
        ]
        return cls(
            rows=found.rows,
            classes=found.classes,
            k=found.k,
            unique=found.unique,
            mean_risk=found.mean_risk,
            sizes=found.sizes,
            sensitive=hidden,
        )


class LossFound(BaseModel):
    """What generalising cost."""

    ncp: float = Field(description="Normalised certainty penalty: 0, nothing is lost, to 1, nothing is left.")
    discernibility: int = Field(description="Sum of the squared sizes of classes.")
    class_size: float = Field(description="Mean size of a class over k; 1 is the best.")


class GeneralisedTable(BaseModel):
    """Every row in its place, with the named columns only."""

    rows: list[dict[str, Cell | list[Cell]]] = Field(
        description="A list of numbers is the lowest and the highest, one of other values is all that it may be."
    )
    report: ReportFound
    loss: LossFound

    @classmethod
    def of(cls, made: Generalised) -> GeneralisedTable:
        loss = LossFound(ncp=made.loss.ncp, discernibility=made.loss.discernibility, class_size=made.loss.class_size)
        return cls.model_construct(rows=made.rows, report=ReportFound.of(made.report), loss=loss)


class Anonymity(BaseModel):
    """The answer."""

    report: ReportFound = Field(description="On the table as it was sent.")
    generalised: GeneralisedTable | None = None


def answered(request: AnonymityRequest) -> Anonymity:
    """Measure the table, and generalise it where ``k`` is given.

    Raises:
        AnonymityError: the table is too large, lacks a column, or cannot be made so anonymous.
    """
    named = [*request.quasi_identifiers, *request.sensitive]
    if len(set(named)) < len(named):
        raise AnonymityError(AnonymityReason.TABLE_INVALID, "Name each column once.")
    if len(request.rows) * len(named) > MOST_CELLS:
        detail = f"Send at most {MOST_CELLS} cells, rows by named columns: a sample, or fewer columns."
        raise AnonymityError(AnonymityReason.TABLE_TOO_LARGE, detail)
    found = ReportFound.of(measure(request.rows, request.quasi_identifiers, request.sensitive))
    if request.k is None:
        return Anonymity(report=found)
    made = generalise(
        request.rows, request.quasi_identifiers, request.sensitive, Wanted(request.k, request.l, request.t)
    )
    answer = Anonymity.model_construct(report=found, generalised=GeneralisedTable.of(made))
    if len(answer.model_dump_json()) > LARGEST_ANSWER:
        raise AnonymityError(AnonymityReason.TABLE_TOO_LARGE, "Send fewer rows: the generalised ones do not fit here.")
    return answer
