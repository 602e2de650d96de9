"""Comparable experiences: what others did at other borders in a like situation."""
