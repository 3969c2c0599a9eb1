"""Settings that all tests share."""

import os

from hypothesis import settings

settings.register_profile("limbeck", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("limbeck")
