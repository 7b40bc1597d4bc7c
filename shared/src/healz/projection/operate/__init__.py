"""What operators do with a read model: ``healz-projection``, on the projector's own login."""
