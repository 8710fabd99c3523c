"""Scaling: why one device does not do, and how many share the work."""
