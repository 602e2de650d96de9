"""Corrections: what staff change in the metadata and the audience of a published document, with who did and when."""
