"""What people did here, nameless and for a limited time: searches, openings of results, votes."""
