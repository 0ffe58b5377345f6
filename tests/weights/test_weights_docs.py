"""docs/models.md says of the catalogue what the catalogue says."""

from __future__ import annotations

from pathlib import Path

from qualkit.weights.catalogue import CATALOGUE, DEFAULT_MODELS, RECOMMENDED, Kind
from qualkit.weights.manifest import MANIFEST, MANIFEST_FORMAT

TEXT = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")


def test_every_model_is_listed_with_its_archives_and_licence() -> None:
    for entry in CATALOGUE.values():
        assert f"`{entry.name}`" in TEXT
        for wheel in entry.wheels:
            assert f"{wheel.distribution} {wheel.version} | `{wheel.sha256}`" in TEXT
        for licence in ("MIT", "Apache-2.0"):
            assert licence not in entry.licence or licence in TEXT
    default = TEXT.partition("## What `--default` brings")[2].partition("\n\nAlso")[0]
    for name in DEFAULT_MODELS:
        assert f"| `{name}` |" in default
        assert f"| {CATALOGUE[name].size / 1e6:.0f} MB |" in default


def test_every_recommendation_is_explained() -> None:
    for recommended in RECOMMENDED:
        assert recommended.name in TEXT


def test_the_manifest_is_described() -> None:
    assert MANIFEST in TEXT
    assert MANIFEST_FORMAT in TEXT
    assert all(f"`{kind}`" in TEXT for kind in Kind)
