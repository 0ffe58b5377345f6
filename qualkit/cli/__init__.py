"""The command line: every verb is a thin skin over a documented function of a lower layer."""
