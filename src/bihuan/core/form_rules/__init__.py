"""Form rules: when a record is so, one of its fields is asked for, required, read-only, or offers fewer choices.

models.py   the rule as the firm keeps it
rule.py     the rule as pages and `run` use it, from memory, and what the rules say of a record
sense.py    rules that could never be met
enforce.py  what a command may not leave behind
"""
