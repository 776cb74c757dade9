"""The benchmark: a firm of any size (data.py), the product's own server asked over HTTP (measure.py), the figures (report.py)."""
