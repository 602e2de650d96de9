"""Browsing without words: the documents of a border, a theme or a kind, and what is new."""
