"""Certificates on disk: ``.qualkit/certificates.json``, written by ``certify_project``.

Losing the file loses nothing but the wait: it is made again from the journals.

Format history: 1 — first; 2 — the learner does not learn how freely codes are given; 3 — scores
of format 4.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from qualkit.coding.certify import Certificate, Standing
from qualkit.files.atomic import write_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qualkit.files.project import Project

CERTIFICATES_FORMAT = 3


def write_certificates(project: Project, certificates: Sequence[Certificate]) -> Path:
    """Keep certificates, in the place of those before."""
    content = {"format": CERTIFICATES_FORMAT, "certificates": [asdict(one) for one in certificates]}
    path = project.work / "certificates.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    return path


def read_certificates(project: Project) -> tuple[Certificate, ...]:
    """The certificates of the last run; none where there was none or the file is damaged."""
    try:
        content = json.loads((project.work / "certificates.json").read_text(encoding="utf-8"))
        if content["format"] != CERTIFICATES_FORMAT:
            return ()
        return tuple(
            Certificate(**{**one, "standing": Standing(one["standing"])}) for one in content["certificates"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def standings(project: Project, model: str, codebook: str) -> dict[str, str]:
    """Code → verdict, from certificates given for this model and codebook; others have fallen."""
    return {
        one.code: one.verdict
        for one in read_certificates(project)
        if (one.model, one.codebook) == (model, codebook)
    }
