"""What the product does by itself: webhooks. Knows objects only through the registry."""
