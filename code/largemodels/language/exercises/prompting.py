"""Checkers of the exercises of language/prompting."""

import string
from collections import Counter
from typing import Any

import numpy as np

from largemodels.core.checker import call, expect, expect_close, expect_equal, expect_numbers
from largemodels.language.prompting.intervals import wilson as book_wilson
from largemodels.language.prompting.margins import empty_margin, right


def interval(answer: Any, rng: np.random.Generator) -> str:
    """Judge Wilson's interval, at its ends above all."""
    cases = [(0, 20), (20, 20), (45, 60)]
    cases += [(int(rng.integers(0, n + 1)), int(n)) for n in rng.integers(5, 200, size=10)]
    for k, n in cases:
        two = "return two numbers, the lower end and the upper."
        got = expect_numbers(call(answer, k, n), two)
        expect(got.shape == (2,), two)
        at_the_end = k in (0, n)
        hint = "An interval of no width at 0 or n comes from p ± 1.96 √(p(1 − p)/n), which Wilson's replaces."
        expect(not at_the_end or np.ptp(got) > 1e-3, f"{k} right of {n} leave you without any doubt. {hint}")
        hint = "The middle is (p + z²/2n) / (1 + z²/n); the half-width is divided by 1 + z²/n, too."
        expect_close(got, book_wilson(k, n), 1e-5, where=f"for {k} right of {n},", hint=hint)
    return "even 20 right of 20 leave room for an error in six."


def even_labels(answer: Any, rng: np.random.Generator) -> str:
    """Judge labels chosen after each label's mean score is taken away."""
    for _ in range(8):
        n, labels = int(rng.integers(5, 30)), int(rng.integers(2, 6))
        scores = rng.standard_normal((n, labels)) + 3 * rng.standard_normal(labels)
        got = expect_numbers(call(answer, scores.copy()), "return a label's number for each item.")
        expect(got.shape == (n,), f"for scores of shape {(n, labels)}, return {n} numbers, one for each item.")
        hint = "An item's own mean is the same for all its labels, so it changes nothing: take the mean over the items."
        as_before = np.array_equal(got, scores.argmax(1)) and not _same(scores)
        expect(not as_before, f"your labels are as biased as before. {hint}")
        want = (scores - scores.mean(0)).argmax(1)
        expect_equal(got.astype(int).tolist(), want.tolist(), where=f"for {labels} labels,", hint="Average over items.")
    return "what a prompt says of no item in particular is gone."


def allowed_tokens(answer: Any, rng: np.random.Generator) -> str:
    """Judge the tokens that may come next if the answer is to become one of some texts."""
    letters = list(string.ascii_lowercase[:3])
    for _ in range(30):
        texts = {"".join(rng.choice(letters, int(rng.integers(2, 6)))) for _ in range(4)}
        tokens = sorted({"".join(rng.choice(letters, int(rng.integers(1, 4)))) for _ in range(12)} | set(letters))
        whole = sorted(texts)[0]
        begun = whole[: int(rng.integers(0, len(whole)))]
        got = call(answer, begun, sorted(texts), tokens)
        expect(isinstance(got, list | set | tuple), "return the tokens that are allowed, as a list or a set.")
        want = {token for token in tokens if any(text.startswith(begun + token) for text in texts)}
        where = f"after {begun!r}, on the way to one of {sorted(texts)},"
        dead = sorted(set(got) - want)
        expect(not dead, f"{where} you allow {dead[:1]}, after which none of the texts can be reached.")
        lost = sorted(want - set(got))
        long = [token for token in lost if len(token) > 1]
        expect(not long, f"{where} you forbid {long[:1]}: a token may hold several characters at once.")
        expect(not lost, f"{where} you forbid {lost[:1]}, after which one of the texts can be reached.")
    return "whatever the model prefers, it can end in these texts alone."


def vote(answer: Any, rng: np.random.Generator) -> str:
    """Judge the majority of answers, some of which are missing."""
    for _ in range(40):
        ballots = [str(word) for word in rng.choice(["cold", "down", "small", "", ""], int(rng.integers(1, 9)))]
        got = call(answer, list(ballots))
        counts = Counter(ballot for ballot in ballots if ballot)
        most = max(counts.values(), default=0)
        best = [ballot for ballot in counts if counts[ballot] == most]
        expect(got != "" or not counts, f"of {ballots}, yours is the empty answer: a sample without one has no vote.")
        want = best[0] if best else ""
        expect_equal(got, want, where=f"of {ballots},", hint="Of equals, take the one that was given first.")
    return "samples that find no answer keep silent."


def honest_choice(answer: Any, rng: np.random.Generator) -> str:
    """Judge the share that the best of many prompts gets on items it was not chosen on."""
    for case in range(12):
        table = rng.random((40, 60)) < (0.5, 0.9)[case % 2]  # coins; and good ones, where equals are many
        dev = np.sort(rng.permutation(60)[:20])
        got = float(expect_numbers(call(answer, table.copy(), dev.copy()), "return one number, a share."))
        rest = np.setdiff1d(np.arange(60), dev)
        best = int(table[:, dev].mean(1).argmax())
        want = float(table[best, rest].mean())
        hint = "Choose by the mean over `dev`, the first of equals; report the mean over all other items."
        if np.isclose(got, table[best, dev].mean()):
            hint = "That is what the best has on the items that chose it: ask the others."
        elif np.isclose(got, table[:, rest].mean(1).max()):
            hint = "That is the best that any prompt has on the other items: they may not choose."
        expect_close(got, want, 1e-5, where="on 40 prompts and 60 items,", hint=hint)
    return "the best of 40 coins gets about three tosses in four right where it was chosen, and half of the next."


def _same(scores: np.ndarray) -> bool:
    return np.array_equal((scores - scores.mean(0)).argmax(1), scores.argmax(1))


def less_nothing(answer: Any, rng: np.random.Generator) -> str:
    """Judge calibration by empty inputs."""
    for _ in range(8):
        prompts, items, inputs = (int(n) for n in rng.integers((2, 8, 2), (6, 20, 5)))
        margin = rng.standard_normal((prompts, items)) * 2 + 3 * rng.standard_normal((prompts, 1))
        empty = 3 * rng.standard_normal((prompts, inputs))
        first = rng.random(items) < 0.5
        got = expect_numbers(call(answer, margin.copy(), empty.copy(), first.copy()), "return a share for each prompt.")
        expect(got.shape == (prompts,), f"for {prompts} prompts return {prompts} shares, not {got.shape}.")
        want = right(margin - empty_margin(empty)[:, None], first).mean(1)
        hint = "Subtract the margin of the mean probability from every item's margin; above 0 is the first label."
        if np.allclose(got, right(margin - empty.mean(1, keepdims=True), first).mean(1)) and not np.allclose(got, want):
            hint = "Average probabilities, not margins: a margin of 9 is hardly surer than one of 5."
        elif np.allclose(got, right(margin, first).mean(1)) and not np.allclose(got, want):
            hint = "These are the shares as asked: nothing has been subtracted."
        expect_close(got, want, 1e-6, where=f"for {prompts} prompts and {items} items,", hint=hint)
    return "what the prompt says of nothing is gone; whether that is its leaning is another question."
