"""Who spoke: five ways to find out behind one protocol, and a speaker for every word."""
