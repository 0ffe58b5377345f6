from __future__ import annotations

from typing import TYPE_CHECKING

from qualkit.files.codebook import load_codebook
from qualkit.picture import picture
from qualkit.themes.passages import Selection, gather

if TYPE_CHECKING:
    from tests.study import Study


def test_cells_count_passages_voices_and_aspects_and_gaps_tell_asked_from_unasked(study: Study) -> None:
    grid = picture(study.project, gather(study.project, Selection()), load_codebook(study.project))
    assert [s.name for s in grid.sites] == ["Alpha & sons", "Beta"]
    assert [c.id for c in grid.codes] == ["water", "steam-heat", "rail"]
    water = grid.cell("alpha", "water")
    assert (len(water.passages), water.speakers, dict(water.aspects)) == (3, 2, {"condition": 1})
    # alpha was asked of the rail ("raide") and did not answer; nobody asked beta
    assert [(c.site, c.code, c.asked) for c in grid.gaps if c.code == "rail"] == [
        ("beta", "rail", False),
        ("alpha", "rail", True),
    ]
    assert dict(grid.interviews) == {"alpha": 2, "beta": 2}
