"""The public pools: records that nobody owns, who may claim them, and when a record that is left alone falls back."""
