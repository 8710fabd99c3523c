"""What the chapters of the part “foundations” share."""
