"""What Healz's services share: events, read models and the projection engine."""
