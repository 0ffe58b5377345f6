"""Projects and codebooks of other tools, in and out, and two copies of a project made one.

Every door in (:mod:`refi_read`, :mod:`taguette`, :mod:`qualcoder`, …) makes one
:class:`~qualkit.exchange.incoming.Incoming`; :mod:`landing` puts it into a project.
"""
