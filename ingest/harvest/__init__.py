"""What lies elsewhere (feeds, sitemaps, OAI-PMH repositories) → a folder of files that the job reads as any other.

Imports the standard library, httpx, feedparser, lxml and sickle; nothing of the index.
"""
