"""The blueprint: the whole configuration of the firm as plain rows, and as one readable text.

part.py        what belongs to a blueprint: each room declares its own objects with `belongs`
source.py      where their records come from and go to
value.py       how one field of them is written
keyed.py      values, stages and people in conditions by their keys
asked.py      such conditions as values of a blueprint
present.py     the rows as they stand, or as they stood at a past moment
text.py        rows to text and back, every fault with its line
difference.py  what leads from one configuration to another
impact.py      which records a difference touches
apply.py       the difference carried out, in one transaction, by the commands that everybody uses
history.py     every change so far, and the way back to before it
start.py       what a firm can start with
draft.py       changes that are collected before they go live
"""
