"""A prompt as a value: template, examples, system message, words for the answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

Fields = Mapping[str, str]
Messages = list[dict[str, str]]
FIELD = re.compile(r"\{(\w+)\}")  # {text}; braces around anything else are plain text


class PromptError(ValueError):
    """A prompt that can't be asked; its text says why and how to mend it."""


@dataclass(frozen=True)
class Item:
    """What a template is filled with, and the right answer."""

    fields: Fields
    gold: str


@dataclass(frozen=True)
class Prompt:
    """A way to ask: `template` holds {name} for each field of an item.

    `examples` come before the question, each with its answer. `words` says how an
    answer is written where that is not the answer itself. With `chat` the text is cut
    into turns by the model's chat template, `system` first; without it, it is plain
    text to continue, `head` first.
    """

    template: str
    examples: tuple[Item, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    chat: bool = False
    system: str | None = None
    head: str = ""
    between: str = "\n\n"

    def __post_init__(self) -> None:
        if not FIELD.search(self.template):
            raise PromptError("The template has no field: write {text}, for example.")
        if self.system is not None and not self.chat:
            raise PromptError("A system message needs chat=True.")
        if self.head and self.chat:
            raise PromptError("`head` is for plain text: with chat=True, use `system`.")
        for example in self.examples:
            fill(self.template, example.fields)

    def word(self, answer: str) -> str:
        """Return how this prompt writes an answer; plain text has a space before it."""
        gap = "" if self.chat or self.template[-1].isspace() else " "
        return gap + self.words.get(answer, answer)

    def text(self, fields: Fields) -> str:
        """Return the plain text that the model is to continue."""
        ask = partial(fill, self.template)
        head = [self.head] if self.head else []
        shown = (ask(item.fields) + self.word(item.gold) for item in self.examples)
        return self.between.join([*head, *shown, ask(fields)])

    def messages(self, fields: Fields) -> Messages:
        """Return the turns: system, each example and its answer, the question."""
        turns = [] if self.system is None else [("system", self.system)]
        for example in self.examples:
            turns.append(("user", fill(self.template, example.fields)))
            turns.append(("assistant", self.word(example.gold)))
        turns.append(("user", fill(self.template, fields)))
        return [{"role": role, "content": content} for role, content in turns]

    def render(self, fields: Fields, chat: Callable[[Messages], str]) -> str:
        """Return the text that the model reads; `chat` is its chat template."""
        return chat(self.messages(fields)) if self.chat else self.text(fields)

    def but(self, **changes: object) -> Prompt:
        """Return this prompt with something changed, such as examples=...

        Raises PromptError for a part that prompts don't have.
        """
        try:
            return replace(self, **changes)  # type: ignore[arg-type]
        except TypeError as error:
            parts = ", ".join(self.__dataclass_fields__)
            wrong = ", ".join(changes)
            raise PromptError(f"A prompt's parts are {parts}; not {wrong}.") from error


def fill(template: str, fields: Fields) -> str:
    """Put the fields into the template.

    Raises PromptError where the template asks for a field that the item lacks.
    """
    missing = [name for name in FIELD.findall(template) if name not in fields]
    if missing:
        has = " and ".join(f"{{{name}}}" for name in fields)
        asked = f"{{{missing[0]}}}"
        raise PromptError(f"The template asks for {asked}; the item has only {has}.")
    return FIELD.sub(lambda found: fields[found[1]], template)
