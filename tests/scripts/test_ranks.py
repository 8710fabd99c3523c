"""The helper that forks ranks: results in order, errors of one rank, time-outs, exit codes."""

import os
import sys
import time
from types import SimpleNamespace

import pytest
import ranks
import torch
import torch.distributed as dist


def test_ranks_reach_one_another_and_results_come_in_order() -> None:
    def rank_and_sum() -> tuple[int, torch.Tensor]:
        dist.init_process_group("gloo")
        total = torch.tensor([dist.get_rank() + 1.0])
        dist.all_reduce(total)
        return dist.get_rank(), total

    assert ranks.run(3, rank_and_sum) == [(0, torch.tensor([6.0])), (1, torch.tensor([6.0])), (2, torch.tensor([6.0]))]


def test_one_process_has_no_rank() -> None:
    assert ranks.run(None, lambda: "RANK" in os.environ) == [False]


def test_an_error_of_one_rank_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="(?s)rank 1 ended with 1.*ZeroDivisionError"):
        ranks.run(2, lambda: 1 / (1 - int(os.environ["RANK"])))


def test_ranks_that_hang_are_ended() -> None:
    start = time.monotonic()
    with pytest.raises(AssertionError, match=r"ranks \[1\] were not done after 0.5 s"):
        ranks.run(2, lambda: time.sleep(20 * int(os.environ["RANK"])), timeout=0.5)
    assert time.monotonic() - start < 5


def test_a_script_leaves_its_exit_code_and_its_words() -> None:
    def main() -> None:
        print(os.environ["WORD"], sys.argv[1])
        sys.exit("no" if os.environ["RANK"] == "0" else 2)

    module = SimpleNamespace(main=main, __file__="a.py")
    runs = ranks.launch(2, module, 7, environment={"WORD": "yes"})
    assert runs == [ranks.Run(1, "yes 7\n", "no\n"), ranks.Run(2, "yes 7\n", "")]
