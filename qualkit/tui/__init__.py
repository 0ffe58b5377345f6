"""The terminal UI: a review desk of screens over one project, and the same review line by line."""
