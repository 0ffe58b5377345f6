"""Recordings as they are: what a file claims, what can be decoded of it, how loud it is."""
