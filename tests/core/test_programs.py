"""Programs are found, run with their output shown as it comes, and refused or ended in one sentence."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from largemodels.core import programs
from largemodels.core.programs import ProgramError
from press.launch.snapshot import take_snapshot

CODE = Path(__file__).parents[2] / "code"


def python(source: str, timeout: float = 20) -> None:
    programs.run([sys.executable, "-c", source], "python a_program", timeout)


def test_output_is_shown_below_the_command(capfd: pytest.CaptureFixture[str]) -> None:
    python("import sys; print('one'); print('two', file=sys.stderr)")
    assert capfd.readouterr().out == "$ python a_program\none\ntwo\n"


def test_output_comes_while_the_program_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    times = []
    monkeypatch.setattr("builtins.print", lambda *_, **__: times.append(time.monotonic()))
    python("import time; print(1); time.sleep(0.5); print(2)")
    assert times[2] - times[1] > 0.3


def test_a_failure_is_an_error() -> None:
    with pytest.raises(ProgramError, match="exit code 3"):
        python("raise SystemExit(3)")


def test_what_takes_too_long_is_ended() -> None:
    start = time.monotonic()
    with pytest.raises(ProgramError, match=r"not done after 0\.5 s"):
        python("import time; time.sleep(60)", timeout=0.5)
    assert time.monotonic() - start < 20


def test_an_interrupt_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[str]] = []

    class Noted(subprocess.Popen):
        def __init__(self, *arguments, **options) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    def interrupt(*words: object, **_: object) -> None:
        if words[0] != "$":
            raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Noted)
    monkeypatch.setattr("builtins.print", interrupt)
    with pytest.raises(KeyboardInterrupt):
        python("import time; print('here'); time.sleep(60)")
    assert started[0].poll() is not None


def test_every_program_of_scaling_is_found_by_its_name() -> None:
    listed = sorted((CODE / "scripts/scaling").glob("*.py"))
    assert listed
    assert [programs.find(path.name) for path in listed] == listed


def test_names_of_programs_are_unique() -> None:
    names = [path.name for path in (CODE / "scripts").glob("*/*.py")]
    assert len(names) == len(set(names))


def test_an_unknown_program_is_refused() -> None:
    with pytest.raises(ProgramError, match=r"no program nothing\.py"):
        programs.find("nothing.py")


@pytest.mark.slow
def test_an_installed_package_brings_its_programs(tmp_path: Path) -> None:
    """In a wheel they lie in the environment's folder of shared files."""
    (tmp_path / "copy").mkdir()
    copy = take_snapshot(CODE.parent, tmp_path / "copy").folder  # a build leaves files beside the sources
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, copy]
    subprocess.run(build, check=True, timeout=100)
    target = [sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", tmp_path / "env"]
    subprocess.run(target, check=True, timeout=100)
    environment = tmp_path / "env/bin/python"
    install = [sys.executable, "-m", "pip", "--python", environment, "install", "--quiet", "--no-deps"]
    subprocess.run([*install, *tmp_path.glob("*.whl")], check=True, timeout=100)
    ask = "from largemodels.core import programs; print(programs.find('speedup.py'))"
    told = subprocess.run([environment, "-c", ask], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert Path(told.stdout.strip()).is_relative_to(tmp_path / "env")
