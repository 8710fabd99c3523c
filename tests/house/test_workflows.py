"""The workflows are safe: pinned by hash, with few permissions, and what GitHub reads keeps its schema."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from press.checks import workflow_checks

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*")


def read(path: Path) -> dict:
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.mark.parametrize("check", workflow_checks(ROOT), ids=lambda check: check.name)
def test_the_checkers_find_nothing(check) -> None:
    done = subprocess.run(check.command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_checkers_find_a_fault(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    wrong = "on: pull_request\njobs: {a: {runs-on: x, steps: [{run: 'echo ${{ github.head_ref }}'}]}}\n"
    (folder / "wrong.yml").write_text(wrong)
    safety = workflow_checks(ROOT)[0]
    done = subprocess.run(safety.command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "template-injection" in done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_hash(path: Path) -> None:
    used = re.findall(r"uses: (.+)", path.read_text("utf-8"))
    assert not [action for action in used if not PINNED.fullmatch(action)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_permissions_are_given_job_by_job(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    assert all("permissions" in job and "timeout-minutes" in job for job in workflow["jobs"].values())


def test_a_hash_goes_with_one_version() -> None:
    lines = [line for path in WORKFLOWS for line in path.read_text("utf-8").splitlines() if "uses: " in line]
    pins = {line.split("uses: ")[1] for line in lines}
    assert len(pins) == len({pin.split("@")[0] for pin in pins})


def test_only_the_preview_of_a_finished_run_sees_a_secret() -> None:
    with_secrets = [path.name for path in WORKFLOWS if "secrets." in path.read_text("utf-8")]
    assert with_secrets == ["preview.yml"]
    text = (ROOT / ".github/workflows/preview.yml").read_text("utf-8")
    assert set(read(ROOT / ".github/workflows/preview.yml")[True]) == {"workflow_run"}  # YAML reads `on` as true
    assert "checkout" not in text.replace("checks out", "")


def test_ci_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8").strip().splitlines()
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "make book" in script
    assert script[-1] == "make test SLOW=1"
    assert all(command in readme for command in ("make book", "make test", "make test SLOW=1"))
