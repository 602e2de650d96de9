"""Results to take away: a list as a table, references or a note, and the reference of a single document."""
