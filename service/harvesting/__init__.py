"""Harvests on pages: what is fetched from other sites and what came of it. Staff add their own and look after them."""
