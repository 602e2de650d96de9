"""Dossiers: passages, answers, comparisons and notes that a member collects, orders, shares and takes to a council."""
