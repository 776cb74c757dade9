"""Making one record of several, and taking that back.

models.py is the journal, links.py finds and moves what points to the records, commands.py holds the two verbs.
"""
