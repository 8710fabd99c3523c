"""Scores of patterns by hand, and switching off the heads of a tiny Llama."""

from itertools import product

import pandas as pd
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from largemodels.language import heads_record, smollm2
from largemodels.language.heads import (
    FIRST,
    PERIOD,
    PROSE,
    mean_answers,
    patterns,
    prose,
    recorded,
    repeats,
    to_continuation,
    to_first,
    to_previous,
    without,
)


def tiny():
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=30, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


def test_patterns_by_hand():
    T, P = 9, 4  # one token, then four, twice
    first, previous, copies = (torch.zeros(T, T) for _ in range(3))
    first[:, 0] = previous[0, 0] = copies[:P, 0] = 1
    for i in range(1, T):
        previous[i, i - 1] = 1
    for i in range(P, T):
        copies[i, i - P + 1] = 1
    weights = torch.stack([first, previous, copies])[None, None]  # (1, 1, 3, T, T)
    assert to_previous(weights)[0].tolist() == [0, 1, 0]
    assert to_first(weights)[0, 0] == 1
    assert to_continuation(weights, P)[0].tolist() == [0, 0, 1]


def test_a_silent_head_has_no_say_and_comes_back():
    model, ids = tiny(), torch.randint(30, (2, 9))
    assert patterns(model, ids).shape == (2, 2, 4, 9, 9)
    with torch.no_grad():
        before = model(ids).logits
        with without(model, [(1, 2), (0, 1)]):
            silent = model(ids).logits
        for layer, head in ((1, 2), (0, 1)):
            model.model.layers[layer].self_attn.o_proj.weight[:, head * 4 : head * 4 + 4] = 0
        by_hand = model(ids).logits
    torch.testing.assert_close(silent, by_hand, rtol=0, atol=1e-6)
    assert not torch.allclose(silent, before, atol=1e-5)


def test_a_head_that_always_says_the_same_is_not_missed_when_it_says_its_mean():
    model, ids = tiny(), torch.randint(30, (2, 9))
    attention = model.model.layers[1].self_attn
    with torch.no_grad():
        attention.v_proj.weight[:4] = 0  # both heads of this group hand out nothing
        before, means = model(ids).logits, mean_answers(model, ids)
        with without(model, [(1, 0), (1, 1)], means):
            torch.testing.assert_close(model(ids).logits, before, rtol=0, atol=1e-6)
        with without(model, [(0, 2)], means):
            assert not torch.allclose(model(ids).logits, before, atol=1e-5)
    assert [tuple(mean.shape) for mean in means] == [(4, 4)] * 2
    assert not means[1][:2].any()
    assert means[1][2:].any()


def test_the_record_is_complete():
    runs = recorded()
    assert list(runs) == [*heads_record.NAMES, *heads_record.RESULTS]
    asked = list(product(range(heads_record.LAYERS), range(heads_record.HEADS)))
    assert list(runs[heads_record.NAMES].itertuples(index=False, name=None)) == asked


@pytest.mark.models
@pytest.mark.slow
def test_the_recorder_repeats_a_recorded_layer_and_no_head_twice(tmp_path, monkeypatch, capsys):
    out = tmp_path / "runs.csv"
    monkeypatch.setattr("sys.argv", ["record", "--layers", "17", "--out", str(out)])
    heads_record.main()
    runs = pd.read_csv(out)
    kept = recorded().query("layer == 17")
    assert abs(runs.to_numpy() - kept.to_numpy()).max() < 0.05
    capsys.readouterr()
    heads_record.main()
    assert capsys.readouterr().out == ""


@pytest.mark.models
def test_repeats_and_prose_begin_as_the_model_expects():
    _, tokenizer = smollm2.load()
    assert tokenizer.bos_token_id == FIRST
    text = prose(tokenizer)
    assert tokenizer.decode(text[0, 1:]) == PROSE
    rows = repeats()
    assert rows.shape == (4, 2 * PERIOD + 1)
    assert not torch.equal(rows, repeats(seed=1))
    assert torch.equal(rows[:, 1 : PERIOD + 1], rows[:, PERIOD + 1 :])
    assert (rows[:, 0] == FIRST).all()
