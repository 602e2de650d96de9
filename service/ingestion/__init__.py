"""The ingestion command, run beside the service by one of its processes: what waits is read without a terminal."""
