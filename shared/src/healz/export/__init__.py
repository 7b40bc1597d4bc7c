"""One tenant's log as a file, for whoever takes it along or asks questions of it: ``healz-export``."""
