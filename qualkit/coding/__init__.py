"""The engine: what codes a passage would get, why, and how far to trust it."""
