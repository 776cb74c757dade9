"""Where the product is put together: settings, root URLs, the server, the command line."""
