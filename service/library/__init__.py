"""The open index: what features need of it, following it, checking it, its thesaurus and filters. Imports `http`."""
