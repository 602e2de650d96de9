"""Faults injected at system calls: a process is killed at its n-th write, or is told that the disk is full."""
