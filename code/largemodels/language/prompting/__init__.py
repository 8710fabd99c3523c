"""Prompts as experiments: what is asked, how answers are judged, how sure that is."""
