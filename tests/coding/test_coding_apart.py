"""Vectors computed in a child process: the same ones, its faults told, and no model library in the parent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qualkit.coding import apart
from qualkit.coding.apart import embed_apart
from qualkit.coding.embed import cache_folder, embed, find_model
from qualkit.coding.encoder import EmbeddingModel
from qualkit.coding.vectors import open_cache
from qualkit.errors import QualkitError
from tests.steps import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.study import Study

TEXTS = ["Höyryputki vuotaa.", "Ångledningen läcker.", "odd \u2028 sign \U0001f600 and\ttab"]


@pytest.mark.real_model
def test_the_child_gives_the_vectors_that_this_process_would(tmp_path: Path) -> None:
    model = find_model()
    there, steps = run(embed_apart(tmp_path / "a", model, TEXTS))
    here, _ = run(embed(tmp_path / "b", model, TEXTS))
    assert there is not None
    assert here is not None
    np.testing.assert_allclose(there.get(TEXTS), here.get(TEXTS), atol=0.002)
    assert (steps[0].note, steps[-1].done, steps[-1].total) == ("loading the model", 3, 3)


def test_a_fault_in_the_child_is_told_in_its_own_words(tmp_path: Path) -> None:
    model = EmbeddingModel(tmp_path, "little", "0123456789ab", "")
    with pytest.raises(QualkitError, match="has no tokenizer"):
        run(embed_apart(tmp_path, model, TEXTS))


@pytest.mark.parametrize(
    "code",
    [
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "import sys; sys.stdin.read(); print('chatter'); print('[1]'); sys.exit(3)",
    ],
)
def test_a_child_that_dies_is_told_and_leaves_what_there_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", code))
    model = EmbeddingModel(tmp_path, "little", "0123456789ab", "")
    with pytest.raises(QualkitError, match="ended before it was done"):
        run(embed_apart(tmp_path, model, ["x" * 200_000]))
    assert open_cache(cache_folder(tmp_path, model)) is None


def test_the_child_ends_with_who_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = json.dumps({"step": {"stage": "embed", "item": "", "done": 0, "total": 1}})
    code = (
        f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
        f"print({step!r}, flush=True); time.sleep(600)"
    )
    monkeypatch.setattr(apart, "COMMAND", (sys.executable, "-c", code))
    steps = embed_apart(tmp_path, EmbeddingModel(tmp_path, "little", "0123456789ab", ""), ["text"])
    assert next(steps).stage == "embed"
    steps.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.real_model
def test_a_report_embeds_what_is_missing_and_never_holds_the_model_library(study: Study) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from qualkit.weights.offline import block_network\nblock_network()\n"
        "from qualkit.files.project import load_project\n"
        "from qualkit.report import build_report\n"
        "steps = list(build_report(load_project(Path(sys.argv[1]))))\n"
        "print(sum(s.stage == 'embed' for s in steps) > 1, 'spacy' in sys.modules)\n"
        "print(sorted({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(study.project.root)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["True True", "[]"]
    cache = open_cache(cache_folder(study.project.work, find_model()))
    assert cache is not None
    assert len(cache.rows) >= 4
