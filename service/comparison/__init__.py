"""How does each border do it? Rows are documents, columns what is asked of each; each cell a quote, or empty."""
