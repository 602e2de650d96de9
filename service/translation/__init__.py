"""Translating a passage with a language model, marked as machine translation, its figures compared."""
