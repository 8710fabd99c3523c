import sys
from pathlib import Path

from largemodels.core import store


def test_the_hub_is_used_only_where_it_is_asked_for(monkeypatch) -> None:
    monkeypatch.delenv("LARGEMODELS_HUB", raising=False)
    assert store.hub_id("minilm") is None
    monkeypatch.setenv("LARGEMODELS_HUB", "1")
    assert store.hub_id("minilm") == "sentence-transformers/all-MiniLM-L6-v2"
    assert store.hub_id("mnist-5k") is None


def test_home_follows_the_system_unless_it_is_set(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("LARGEMODELS_HOME", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.home() == tmp_path / "largemodels"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert store.home() == tmp_path / "local" / "largemodels"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert store.home() == Path.home() / "Library" / "Caches" / "largemodels"


def test_every_item_of_the_real_table_is_complete() -> None:
    for name, item in store.items().items():
        assert item.archive.startswith(item.package.replace("-", "_")), name
        assert item.version in item.archive
        assert len(item.sha256) == 64
        assert all(len(member.sha256) == 64 for member in item.files)
        assert any("LICENSE" in member.name for member in item.files), f"{name} comes without its license"
        assert item.license and item.terms and item.authors and item.origin.startswith("http")
