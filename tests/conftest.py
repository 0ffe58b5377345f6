"""What holds for every test: no network, few threads, none of the user's own settings."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from qualkit.weights.offline import block_network
from qualkit.weights.store import DEFAULT_MODELS, installed
from tests.study import Study, make_study

if TYPE_CHECKING:
    from pathlib import Path

# Before any library that reads them is imported: those are imported by the code under test.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ.setdefault(_name, "2")
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["QUALKIT_CODER"] = "tester"
os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="qualkit-config-")
os.environ.pop("QUALKIT_DEBUG", None)

block_network()

# No deadlines: a laptop that is busy elsewhere is not a fault.
settings.register_profile("qualkit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("qualkit")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests on real weights need the default models: fetched by `make test`, else skipped with a reason."""
    if item.get_closest_marker("real_model") is None:
        return
    missing = set(DEFAULT_MODELS) - {model.name for model in installed()}
    if missing:
        reason = f"{', '.join(sorted(missing))} not here: run `qualkit models fetch --default`"
        if os.environ.get("QUALKIT_REQUIRE_MODELS"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A small coded study of four interviews at two sites."""
    return make_study(tmp_path / "study")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--golden`` writes the golden files anew; look at the difference before you commit it."""
    parser.addoption("--golden", action="store_true", help="write golden files anew")
