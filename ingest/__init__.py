"""How files become documents in the index: find, read, clean, describe, cut, hand over. Imports `index` only."""
