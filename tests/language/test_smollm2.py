import socket

import pytest
import torch

from largemodels.core import store
from largemodels.language import smollm2

pytestmark = [pytest.mark.models, pytest.mark.slow]


@pytest.fixture(scope="module")
def loaded():
    """The model and its tokenizer, loaded and used with the network off."""
    store.path("smollm2-135m-instruct")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", lambda *_: pytest.fail("the loader asked the network"))
        yield smollm2.load()


def answer(loaded, question: str, tokens: int = 12) -> str:
    model, tokenizer = loaded
    chat = [{"role": "user", "content": question}]
    prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    ids = model.generate(**prompt, max_new_tokens=tokens, do_sample=False)
    return tokenizer.decode(ids[0, prompt["input_ids"].shape[1] :], skip_special_tokens=True)


def test_it_answers_a_question_and_stops(loaded) -> None:
    assert answer(loaded, "What is the capital of France?") == "The capital of France is Paris."


def test_the_chat_template_marks_who_speaks(loaded) -> None:
    chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    assert loaded[1].apply_chat_template(chat, tokenize=False, add_generation_prompt=True) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )


def test_the_tokenizer_cuts_digits_one_by_one_and_loses_nothing(loaded) -> None:
    tokenizer = loaded[1]
    assert tokenizer.tokenize("In 2024, cats!") == ["In", "Ġ", "2", "0", "2", "4", ",", "Ġcats", "!"]
    text = "  naïve café\n\t東京 🙂 don't"
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_special_tokens_are_those_of_the_model(loaded) -> None:
    model, tokenizer = loaded
    ids = (1, 2, 2)
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == ids
    for settings in (model.config, model.generation_config):
        assert (settings.bos_token_id, settings.eos_token_id, settings.pad_token_id) == ids


def test_it_is_an_ordinary_model_that_trains_and_saves(loaded, tmp_path) -> None:
    model, tokenizer = loaded
    assert model.dtype == torch.float32
    assert not model.training
    assert not hasattr(model.config, "quantization_config")
    batch = tokenizer("Paris is the capital of France.", return_tensors="pt")
    loss = model(**batch, labels=batch["input_ids"]).loss
    loss.backward()
    assert loss < 4
    assert model.model.layers[0].self_attn.q_proj.weight.grad.norm() > 0
    model.zero_grad(set_to_none=True)
    model.save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").stat().st_size == pytest.approx(538e6, rel=0.01)


def test_padding_on_the_left_leaves_answers_as_they_are(loaded) -> None:
    model, tokenizer = loaded
    texts = ["The opposite of hot is", "One, two, three, four, five, six, seven,"]
    batch = tokenizer(texts, return_tensors="pt", padding=True, padding_side="left")
    with torch.inference_mode():
        together = model(**batch).logits[0, -1]
        alone = model(**tokenizer(texts[0], return_tensors="pt")).logits[0, -1]
    torch.testing.assert_close(together, alone, atol=1e-2, rtol=0)
