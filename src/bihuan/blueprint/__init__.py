"""The configurations that a firm can start with: a file for each industry, and what loads it."""
