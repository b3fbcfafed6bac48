"""Question and graph to a cited answer."""
