"""The command line as a hostile user calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qualkit.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Qualkit = Callable[..., tuple[int, str, str]]


@pytest.fixture
def qualkit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Qualkit:
    """The command line, without model weights: exit code, stdout, stderr."""
    monkeypatch.setenv("QUALKIT_MODELS", "/nowhere")

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        assert "Traceback" not in err
        assert "fault in Qualkit" not in err
        return end.value.code, out, err

    return call
