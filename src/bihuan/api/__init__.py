"""The REST face of every object and command, made from the registry alone."""
