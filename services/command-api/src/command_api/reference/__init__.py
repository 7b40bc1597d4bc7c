"""Tenants, clinics and doctors: kept, not event-sourced."""
