"""Execute the chapters: in parallel, each only when its cells or the code that it uses have changed."""
