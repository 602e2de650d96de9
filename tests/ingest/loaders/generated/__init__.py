"""Files made at random with many features, and what a person sees of them by LibreOffice, poppler and Chromium."""
