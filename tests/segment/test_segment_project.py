"""Units of a whole project, written where they can be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qualkit.errors import BadFile, UsageError
from qualkit.files.project import init_project, load_project
from qualkit.files.segments import read_segments
from qualkit.files.transcript import save_transcript
from qualkit.model import Speaker, Transcript, Turn
from qualkit.segment import segment_project
from tests.steps import ended, run

if TYPE_CHECKING:
    from pathlib import Path

    from qualkit.files.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = init_project(tmp_path / "study", "Koe", ("fi",))
    speakers = (Speaker("I", role="interviewer"), Speaker("V", role="interviewee"))
    for interview in ("a-01", "a-02"):
        turns = (Turn("I", "Mistä vesi tulee?"), Turn("V", "Järvestä. Se on lähellä."))
        save_transcript(project, Transcript(interview, "fi", speakers, turns))
    return project


def test_every_transcript_gets_its_units(project: Project) -> None:
    units, steps = run(segment_project(project))
    assert units == 2
    assert [step.item for step in steps] == ["a-01", "a-02", ""]
    [unit] = read_segments(project, "a-01", "meaning")
    assert unit.question == (0, 17)


def test_only_the_interviews_asked_for(project: Project) -> None:
    assert ended(segment_project(project, ["a-02"], rule="sentence")) == 2
    assert read_segments(project, "a-01") == ()


def test_an_unknown_interview_is_said_before_any_work(project: Project) -> None:
    with pytest.raises(UsageError, match="b-99"):
        ended(segment_project(project, ["a-01", "b-99"]))
    assert read_segments(project, "a-01") == ()


def test_the_rule_comes_from_the_project_file(project: Project) -> None:
    with project.config.open("a", encoding="utf-8") as file:
        file.write('\n[segmentation]\nrule = "sentence"\n')
    again = load_project(project.root)
    assert ended(segment_project(again)) == 4


def test_a_setting_of_another_type_names_the_file(project: Project) -> None:
    with project.config.open("a", encoding="utf-8") as file:
        file.write("\n[segmentation]\nrule = 3\n")
    with pytest.raises(BadFile, match=r"qualkit\.toml"):
        ended(segment_project(load_project(project.root)))
