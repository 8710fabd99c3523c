"""Items that are made, so that no model has read them: orders, sums, stories, words to pick.

For tasks of several steps each function returns the items twice: with the bare answer as
gold, and with the answer written in a style, for examples that show how to get there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from largemodels.language.prompting.prompt import Item

Twice = tuple[tuple[Item, ...], tuple[Item, ...]]  # items, worked items
STYLES = ("answer", "steps", "steps after")
NAMES, CITIES, GOODS, COUNTS, THINGS, PLACES = (
    words.split()
    for words in (
        "Anna Ben Clara David Emma Farid Grace Hugo Ines Jonas Karin Liam Maria Noah Olga Peter Rosa Sven",
        "Oslo Lima Cairo Madrid Toronto Berlin Nairobi Osaka Dublin Prague Boston Lisbon",
        "lamps chairs umbrellas notebooks mugs bicycles candles keyboards blankets clocks",
        "two three four five six seven eight nine ten",
        "apples books coins cards stamps",
        "first second third",
    )
)
WISHES = (
    "{name} from {city} wants {count} {goods}.",
    "Please send {count} {goods} to {name} in {city}.",
    "Hello, this is {name}. I would like to order {count} {goods}. I live in {city}.",
    "We got a call from {city}: {name} needs {count} {goods} by Friday.",
    "Good morning. I need {count} {goods}! Ship them to {city}. Thanks, {name}",
    "In {city}, our customer {name} has ordered {count} {goods}.",
    "Can you deliver {count} {goods} to {city}? My name is {name}.",
    "{name} wrote again. This time it is {count} {goods}, to be sent to {city}.",
)
STORY = (
    "{name} has {boxes} boxes with {each} {things} in each. {name} gives away {lost} {things} "
    "and then buys {more} {things}. How many {things} does {name} have now?"
)


def orders(n: int) -> tuple[Item, ...]:
    """Return n orders as a customer writes them; the gold is JSON with four fields."""
    draw = np.random.default_rng(1)
    items = []
    for i in range(n):
        name, city, goods = (str(draw.choice(words)) for words in (NAMES, CITIES, GOODS))
        count = int(draw.integers(2, 11))
        wish = WISHES[i % len(WISHES)]
        text = wish.format(name=name, city=city, goods=goods, count=COUNTS[count - 2])
        gold = {"name": name, "item": goods, "quantity": count, "city": city}
        items.append(Item({"text": text}, json.dumps(gold)))
    return tuple(items)


def stories(n: int, style: str) -> Twice:
    """Return n word problems of three steps, and the same with answers in a style."""
    draw = np.random.default_rng(2)

    def one() -> tuple[str, str, str]:
        boxes, each, lost, more = (int(draw.integers(2, top)) for top in (6, 6, 4, 9))
        name, things = str(draw.choice(NAMES)), str(draw.choice(THINGS))
        total, end = boxes * each, boxes * each - lost + more
        text = STORY.format(name=name, things=things, boxes=boxes, each=each, lost=lost, more=more)
        steps = (
            f"{boxes} boxes times {each} is {total}. {total} minus {lost} is {total - lost}. "
            f"{total - lost} plus {more} is {end}."
        )
        return text, str(end), steps

    return _twice(one, n, style)


def sums(n: int, style: str) -> Twice:
    """Return n sums of four digits, and the same with answers in a style."""
    draw = np.random.default_rng(4)

    def one() -> tuple[str, str, str]:
        digits = draw.integers(1, 10, size=4)
        totals = [int(total) for total in digits.cumsum()]
        steps = [f"{a} + {b - a} = {b}." for a, b in pairwise(totals)]
        return " + ".join(map(str, digits)), str(totals[-1]), " ".join(steps)

    return _twice(one, n, style)


def picks(n: int, pairs: Sequence[tuple[str, str]], style: str) -> Twice:
    """Return n questions after the opposite of one of three words, and the same in a style."""
    draw = np.random.default_rng(5)

    def one() -> tuple[str, str, str]:
        three = [pairs[i] for i in draw.choice(len(pairs), 3, replace=False)]
        place = int(draw.integers(3))
        word, opposite = three[place]
        text = f"What is the opposite of the {PLACES[place]} word of: {', '.join(own for own, _ in three)}?"
        return text, opposite, f"The {PLACES[place]} word is {word}. The opposite of {word} is {opposite}."

    return _twice(one, n, style)


def _twice(one: Callable[[], tuple[str, str, str]], n: int, style: str) -> Twice:
    if style not in STYLES:
        raise ValueError(f"There is no style {style!r}: use one of {', '.join(STYLES)}.")
    rows = [one() for _ in range(n)]
    plain = tuple(Item({"text": text}, answer) for text, answer, _ in rows)
    worked = tuple(Item({"text": text}, _styled(style, answer, steps)) for text, answer, steps in rows)
    return plain, worked


def _styled(style: str, answer: str, steps: str) -> str:
    final = f"The answer is {answer}."
    return {"answer": final, "steps": f"{steps} {final}", "steps after": f"{final} {steps}"}[style]


def read_answer(text: str) -> str:
    """Return what follows `The answer is`, a word or a number, or an empty text."""
    found = re.search(r"[Tt]he answer is:? *\$?(\w+)", text)
    return found[1].lower() if found else ""


def says(text: str, gold: str) -> bool:
    """Tell whether the text says that the answer is the gold."""
    return read_answer(text) == gold
