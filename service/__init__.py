"""What members, the forum and staff talk to: pages, the API, access. Imports `index`, never `ingest`."""
