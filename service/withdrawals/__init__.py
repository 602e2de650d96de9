"""Withdrawals: documents that staff hide from everybody at once, and can reinstate."""
