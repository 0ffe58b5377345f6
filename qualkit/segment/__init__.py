"""Meaning units: turns cut into passages that a person would code, each with the question it answers."""

from qualkit.segment.project import segment_project
from qualkit.segment.units import MEAN_WORDS, RULES, segment_transcript

__all__ = ["MEAN_WORDS", "RULES", "segment_project", "segment_transcript"]
