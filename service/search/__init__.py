"""Search over the documents a caller may see: the API, the search page with its facets, and the answer above it."""
