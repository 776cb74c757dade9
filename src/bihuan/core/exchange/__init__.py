"""Records from files and into files: reading (tables), mapping (what the columns mean), importing, exporting."""
