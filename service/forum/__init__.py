"""What forums exchange with the service: suggestions for a post being written, and threads to be indexed."""
