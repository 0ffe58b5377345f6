"""Qualkit: from recorded interviews to a situational picture, on one machine."""

__version__ = "0.1.0"
