"""Row shapes and pure folds: what projectors write and queries read."""
