"""What programs of others read: Atom, OAI-PMH, sitemap, robots.txt."""
