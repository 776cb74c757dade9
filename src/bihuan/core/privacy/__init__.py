"""What is held of a person: found, shown, handed over and erased.

personal.py is how a desk declares it, held.py finds it, redact.py takes it out of the history, traces.py out of what lies
beside the records, erase.py out of the records themselves; commands.py holds the two verbs.
"""
