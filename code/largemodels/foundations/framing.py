"""Judge how a question was framed as a learning problem: target, columns, loss and metric, each for itself."""

from dataclasses import dataclass
from typing import Any

from largemodels.core.checker import Wrong, expect, expect_keys


@dataclass(frozen=True)
class Choice:
    """The option that fits, and for each other option why it does not."""

    right: str
    why_not: dict[str, str]


@dataclass(frozen=True)
class Framing:
    """A framed question: which columns are known `when` the decision is made, which leak, and three choices."""

    when: str
    known: frozenset[str]
    leaks: frozenset[str]
    choices: dict[str, Choice]


def expect_framing(answer: Any, framing: Framing) -> str:
    """Raise Wrong at the first part of the answer, a dict, that does not fit; return the praise."""
    expect_keys(answer, ["target", "features", "leaks", "loss", "metric"])
    _expect_choice(answer, "target", framing)
    _expect_columns(answer, framing)
    _expect_choice(answer, "loss", framing)
    _expect_choice(answer, "metric", framing)
    return "target, columns, loss and metric all fit the use."


def _expect_choice(answer: dict[str, Any], part: str, framing: Framing) -> None:
    given, choice = answer[part], framing.choices[part]
    if isinstance(given, str) and given in choice.why_not:
        raise Wrong(f"{part}: {choice.why_not[given]}")
    options = ", ".join(repr(option) for option in (choice.right, *choice.why_not))
    expect(
        isinstance(given, str) and given == choice.right,
        f"{part}: {given!r} is none of the options {options}.",
    )


def _expect_columns(answer: dict[str, Any], framing: Framing) -> None:
    known, leaks, when = framing.known, framing.leaks, framing.when
    for part in ("features", "leaks"):
        expect(isinstance(answer[part], list | tuple | set), f"{part}: write a list of column names.")
        unknown = sorted(set(map(str, answer[part])) - known - leaks)
        expect(not unknown, f"{part}: there is no column {', '.join(unknown)}.")
    features, named = set(answer["features"]), set(answer["leaks"])
    expect(not features & leaks, f"features: {_first(features & leaks)} is not yet filled in {when}.")
    expect(not named & known, f"leaks: {_first(named & known)} is known {when}, so nothing leaks through it.")
    expect(named == leaks, f"leaks: {_first(leaks - named)} is missing; when is it filled in?")
    expect(
        features == known,
        f"features: {_first(known - features)} is known {when}; training can ignore it if it must.",
    )


def _first(columns: set[str] | frozenset[str]) -> str:
    return min(columns, default="")


CHURN = Framing(
    when="on the first of the month",
    known=frozenset({"contract_type", "calls_last_month", "complaints_last_90_days", "months_as_customer"}),
    leaks=frozenset({"cancellation_reason", "final_invoice_date"}),
    choices={
        "target": Choice(
            "left within 30 days",
            {
                "was called": "whom the company called is its own doing: predict what the call is meant to prevent.",
                "months as customer": "the months so far are known already; the call is about the month to come.",
            },
        ),
        "loss": Choice(
            "cross-entropy",
            {"squared error": "the target is yes or no, and the list is made by probability: which loss fits that?"},
        ),
        "metric": Choice(
            "share of leavers among the 500 called",
            {
                "accuracy": "few leave in any month, so “nobody leaves” has a fine accuracy and helps no one.",
                "mean squared error": "no one acts on a squared error: what happens to the 500 who are called?",
            },
        ),
    },
)

BEDS = Framing(
    when="on the day of admission",
    known=frozenset({"age", "ward", "admitted_by_ambulance", "diagnosis_at_admission", "nights_last_stay"}),
    leaks=frozenset({"diagnosis_at_discharge", "total_bill"}),
    choices={
        "target": Choice(
            "nights",
            {
                "stays longer than a week": "beds are planned by the night, and a yes or no does not add up to nights.",
                "total bill": "the bill comes at discharge, and it is beds that are planned.",
            },
        ),
        "loss": Choice(
            "absolute error",
            {
                "squared error": "it makes one patient 60 nights off weigh as much as 3,600 patients one night off; "
                "the task says that cost grows in proportion.",
                "cross-entropy": "it needs classes, and nights are a quantity: how does the cost grow with the error?",
            },
        ),
        "metric": Choice(
            "mean absolute error",
            {
                "accuracy": "one night off is nearly right and sixty are not; accuracy calls both wrong.",
                "mean squared error": "people judge by cost, and here twice the error costs twice as much.",
            },
        ),
    },
)
