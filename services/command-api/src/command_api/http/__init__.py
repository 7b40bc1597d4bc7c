"""The HTTP server: who asks, the routes, the questions, the document at /schema."""
