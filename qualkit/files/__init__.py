"""The files of a project: one module a kind of file, reading and writing the nouns of :mod:`qualkit.model`.

Nothing here analyses anything and nothing here imports a heavy library. Formats
are described in ``docs/formats.md``; each has a version constant beside its writer.
"""
