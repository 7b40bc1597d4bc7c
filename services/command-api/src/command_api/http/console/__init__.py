"""The console at /console: pages for a clinic's people and for operators, rendered here and asked of the API."""
