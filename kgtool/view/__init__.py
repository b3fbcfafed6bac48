"""The graph for people to look at: cards, charts, and pages."""
