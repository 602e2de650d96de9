"""Several workers read one run's files, on whatever machines they are; one of the commands leads and writes."""
