"""A failure prints what reproduces it; no deadline, since a slow machine is no fault."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "healz",
    max_examples=70,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("healz")
