"""What other programs read: Atom, OAI-PMH, sitemap, robots.txt."""
