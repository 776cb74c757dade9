"""What the product does by itself, for any object: it tells other programs what happens (webhooks)."""
