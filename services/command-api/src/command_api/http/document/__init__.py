"""What the document at /schema says beyond the routes' own signatures."""
