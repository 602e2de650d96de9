"""What a source holds: its files, what its catalogue states about them, and how that becomes metadata."""
