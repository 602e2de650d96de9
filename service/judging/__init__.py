"""Judging pools on a page: staff grade what runs of an evaluation retrieved, blind to other judges."""
