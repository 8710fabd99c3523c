"""Run functions and scripts on several ranks: forked from this process, which has torch already, or by torchrun.

    import ranks

    SCRIPT = ranks.script("scaling/train_ddp")              # code/scripts/scaling/train_ddp.py, imported as a module

    def sum_of_ranks() -> torch.Tensor:                     # any function, also a closure or a lambda
        dist.init_process_group("gloo")                     # or the function of the script that does it
        ...
        return tensor                                       # anything that pickle takes; CPU tensors too

    results = ranks.run(4, sum_of_ranks)                    # [what rank 0 returned, what rank 1 returned, ...]
    runs = ranks.launch(2, SCRIPT, "--out", tmp_path)       # main() of the script on 2 ranks: a Run for each rank
    assert [run.code for run in runs] == [0, 0], runs[0].stderr
    done = ranks.torchrun(2, SCRIPT, "--out", tmp_path)     # the real thing, 4 to 6 s: a Run for all of them

`run` and `launch` set RANK, LOCAL_RANK, WORLD_SIZE, LOCAL_WORLD_SIZE, MASTER_ADDR and MASTER_PORT as torchrun does, but
`dist.init_process_group(backend, ...)` meets by a file, not at that address; call it by this name, with no
`init_method`. They take `environment={...}` for further variables and `timeout=` in seconds. `world=None`: one process
without these variables: plain `python NAME.py`. A process group that a function leaves open is closed.

`run` fails with the traceback of the rank that failed, all of them with what each rank wrote when time is up. In
`launch` an error of `main` is an exit code (of `sys.exit` and argparse, too) and its text in `stderr`.
Forked ranks have one thread. Nothing of them outlives the call.
"""

import importlib.util
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
import torch._dynamo  # optimizers import it when they are made: once here, not in each rank for a second
import torch.distributed as dist

SCRIPTS = Path(__file__).parents[2] / "code/scripts"
FORK = multiprocessing.get_context("fork")
TIMEOUT = 30.0  # seconds


@dataclass(frozen=True)
class Run:
    """What a process left behind."""

    code: int
    stdout: str
    stderr: str


def script(name: str) -> ModuleType:
    """Import code/scripts/<name>.py, once."""
    module_name = "script_" + name.replace("/", "_")
    if module_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(module_name, SCRIPTS / f"{name}.py")
        sys.modules[module_name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[module_name])
    return sys.modules[module_name]


def run(world: int | None, function: Callable[..., Any], *arguments: Any, **options: Any) -> list[Any]:
    """Return what function(*arguments) returned on each rank."""
    results = []
    for rank, (done, result) in enumerate(fork(world, function, arguments, **options)):
        assert done.code == 0, f"rank {rank} ended with {done.code}:\n{done.stderr}"
        results.append(pickle.loads(result))
    return results


def launch(world: int | None, module: ModuleType, *arguments: object, **options: Any) -> list[Run]:
    """Run a script's main() with these arguments on each rank."""
    command = [module.__file__, *map(str, arguments)]
    return [done for done, _ in fork(world, main, (module, command), **options)]


def main(module: ModuleType, command: list[str]) -> None:
    sys.argv = command
    module.main()


def fork(
    world: int | None,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    timeout: float = TIMEOUT,
    environment: dict[str, str] | None = None,
) -> list[tuple[Run, bytes]]:
    """Run a function on forked ranks; return how each ended, and its pickled result."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        processes = []
        for rank in range(world or 1):
            variables = {**(torchrun_variables(rank, world) if world else {}), **(environment or {})}
            processes.append(FORK.Process(target=be_a_rank, args=(folder, rank, variables, function, arguments)))
            processes[-1].start()
        late = wait(processes, timeout)
        runs = [ended(folder / str(rank), process.exitcode) for rank, process in enumerate(processes)]
    assert not late, f"ranks {late} were not done after {timeout} s:\n" + "\n".join(str(done) for done, _ in runs)
    return runs


def wait(processes: list[Any], timeout: float) -> list[int]:
    """Wait for all; end those that are late, and return their ranks."""
    end = time.monotonic() + timeout
    for process in processes:
        process.join(max(0, end - time.monotonic()))
    late = [rank for rank, process in enumerate(processes) if process.is_alive()]
    for rank in late:
        processes[rank].kill()
        processes[rank].join()
    return late


def torchrun_variables(rank: int, world: int) -> dict[str, str]:
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(world),
        "LOCAL_WORLD_SIZE": str(world),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": "29500",
    }


def be_a_rank(folder: Path, rank: int, variables: dict[str, str], function: Callable[..., Any], arguments: Any) -> None:
    """Run the function in this new process, with its own output files, and leave by its exit code."""
    own = folder / str(rank)
    own.mkdir()
    redirect(own / "stdout", 1)
    redirect(own / "stderr", 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    os.environ.update(variables)
    torch.set_num_threads(1)
    if "WORLD_SIZE" in variables:
        meet_by_file(folder / "store", rank, int(variables["WORLD_SIZE"]))
    code = exit_code(function, arguments, own / "result")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # pytest's own handlers at exit are none of a rank's business


def meet_by_file(path: Path, rank: int, world: int) -> None:
    """Let ranks find one another by a file: of 100 starts by TCP, forked, five hung in the store's constructor."""
    ordinary = dist.init_process_group

    def init_process_group(backend: str | None = None, **options: Any) -> None:
        store = dist.FileStore(str(path), world)
        ordinary(backend, store=store, rank=rank, world_size=world, **options)

    dist.init_process_group = init_process_group


def redirect(path: Path, descriptor: int) -> None:
    """Let all that is written to a file descriptor, by C++ too, go to a file."""
    with path.open("wb") as file:
        os.dup2(file.fileno(), descriptor)


def exit_code(function: Callable[..., Any], arguments: Any, result: Path) -> int:
    """Call the function; return what the process's exit code would be."""
    try:
        result.write_bytes(pickle.dumps(function(*arguments)))
    except SystemExit as leaving:
        if isinstance(leaving.code, str):
            print(leaving.code, file=sys.stderr)
            return 1
        if not leaving.code:
            result.write_bytes(pickle.dumps(None))
        return leaving.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
    return 0


def ended(folder: Path, code: int) -> tuple[Run, bytes]:
    """Read what a rank left in its folder: its output, and its result if it ended well."""
    files = [folder / name for name in ("stdout", "stderr", "result")]
    stdout, stderr, result = [file.read_bytes() if file.exists() else b"" for file in files]
    return Run(code, stdout.decode(), stderr.decode()), result


def torchrun(world: int, module: ModuleType, *arguments: object, timeout: float = 100.0) -> Run:
    """Run a script as its users do: torchrun --standalone --nproc-per-node WORLD -- NAME.py ..."""
    start = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", world, "--", module.__file__]
    command = [sys.executable, *map(str, [*start, *arguments])]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        try:
            stdout, stderr = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)  # torchrun then ends its workers, which SIGKILL would orphan
            raise
    return Run(process.returncode, stdout, stderr)
