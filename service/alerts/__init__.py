"""Alerts: a saved search tells of new documents, by feed and by mail, and never of what its owner may not see."""
