"""Build hook: the repository's root is the sample project, and a wheel carries it along.

An editable install finds the sample beside the package, so it gets no copy.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SAMPLE = ("qualkit.toml", "interviews.csv", "recordings", "transcripts", "codebooks")


class SampleHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the sample project to wheels as ``qualkit/sample``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"].update({name: f"qualkit/sample/{name}" for name in SAMPLE})
