"""Documents: what is known of each, its text, versions, original file and pages, for the API and for readers."""
