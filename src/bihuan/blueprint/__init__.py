"""The configuration that a firm starts with: choices, pipelines and roles, as data and as the command that loads them."""
