import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Reference
from tokenizers import models, pre_tokenizers, trainers

from largemodels.language import bpe, smollm2

TEXT = (
    "low lower lowest newer newest wider, the quick brown fox's 12 hens don't lay 345 eggs; naïve café\n\n  東京 🙂 "
    "aaaa aaa aa banana bandana, Tis now struck twelve. Get thee to bed, Francisco. Nay, answer me: stand, and "
    "unfold yourself. "
) * 3


def characters() -> dict[int, str]:
    """The printable character that the tokenizers library writes for each byte."""
    return {byte: chr(byte) if byte in bpe.PRINTED else chr(256 + i - 188) for i, byte in enumerate(bpe.BYTES)}


def written(token: int, tokenizer: bpe.Tokenizer) -> str:
    table = characters()
    return "".join(table[byte] for byte in tokenizer.bytes_of[token])


def reference(tokenizer: bpe.Tokenizer) -> Reference:
    """The tokenizers library with the same merges."""
    names = [written(token, tokenizer) for token in range(len(tokenizer))]
    merges = [(names[a], names[b]) for a, b in tokenizer.merges]
    library = Reference(models.BPE(vocab={name: i for i, name in enumerate(names)}, merges=merges))
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return library


TOKENIZER = bpe.Tokenizer(bpe.train(TEXT, 80))
REFERENCE = reference(TOKENIZER)
anything = st.text(max_size=60) | st.text("aelow nbd'123 .,\n\t", max_size=60)


@settings(max_examples=300, deadline=None)
@given(anything)
def test_tokens_are_those_of_the_tokenizers_library(text: str) -> None:
    assert TOKENIZER.encode(text) == REFERENCE.encode(text).ids


@settings(max_examples=300, deadline=None)
@given(anything)
def test_decoding_gives_the_text_back(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode(text)) == text


@pytest.mark.parametrize("merges", [1, 20, 80, 10_000])
def test_it_learns_the_merges_that_the_library_learns(merges: int) -> None:
    learned = bpe.Tokenizer(bpe.train(TEXT, merges))
    library = Reference(models.BPE())
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + merges, initial_alphabet=alphabet, show_progress=False, min_frequency=1
    )
    library.train_from_iterator([TEXT], trainer)
    theirs = sorted(library.get_vocab().items(), key=lambda item: item[1])
    assert [written(token, learned) for token in range(len(learned))] == [name for name, _ in theirs]


def test_merges_go_from_the_left() -> None:
    assert bpe.merge([1, 1, 1, 2, 1, 1], (1, 1), 9) == [9, 1, 2, 9]


def test_a_first_merge_by_hand() -> None:
    a, b = (bpe.TOKEN_OF_BYTE[byte] for byte in b"ab")
    assert bpe.train("ab ab abc", 1) == [(a, b)]


def test_a_cut_character_becomes_the_replacement_sign() -> None:
    assert TOKENIZER.decode(bpe.to_bytes("🙂")[:2]) == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.models
@pytest.mark.slow
def test_with_smollm2s_merges_it_is_smollm2s_tokenizer() -> None:
    theirs = smollm2.load()[1]
    ours, ids = of_smollm2(theirs)
    text = TEXT + "In 2024, cats!   x  1 y ³ Ⅷ don't\t\n '99"
    assert [ids[token] for token in ours.encode(text)] == theirs(text)["input_ids"]


def of_smollm2(theirs) -> tuple[bpe.Tokenizer, list[int]]:
    """Our tokenizer with SmolLM2's merges, and its number of each of our tokens."""
    import json

    model = json.loads(theirs.backend_tokenizer.to_str())["model"]
    names = [characters()[byte] for byte in bpe.BYTES]
    number = {name: i for i, name in enumerate(names)}
    merges = []
    for left, right in model["merges"]:
        merges.append((number[left], number[right]))
        number[left + right] = len(names)
        names.append(left + right)
    return bpe.Tokenizer(merges, single_digits=True), [model["vocab"].get(name, -1) for name in names]
