"""Duplicates: what makes two records look like one, who is told of it when, and the list of likely pairs.

match.py says how values become keys, index.py keeps the keys in step with the records, check.py asks them when a
record is made, scan.py looks for pairs in the background.
"""
