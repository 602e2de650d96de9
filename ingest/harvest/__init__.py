"""Fetch what is published elsewhere (feeds, sitemaps, OAI-PMH repositories) into folders that the job reads as sources.

Imports the standard library, httpx, feedparser, lxml and sickle; of the index its errors, formats and atomic files.
"""
