"""Make the site: execute the chapters, export them as notebooks, draw, check and build the pages."""
