"""The commands of ./bihuan: one module each, named as the command, found by its name."""
