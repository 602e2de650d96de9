"""A list of results to take away: table, references, note."""
