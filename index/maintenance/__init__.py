"""What to do when something breaks: backup, restore, verify, rebuild. Imports every other part of the index."""
