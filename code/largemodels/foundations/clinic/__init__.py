"""Trainings that go wrong, what they leave in the log, and a diagnosis that reads nothing else."""
