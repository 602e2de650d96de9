"""Who changed what, when: what the audit log holds of one part of staff's work, for that part's page and API."""
