"""The rules of migrations, checked before a database sees them."""
