"""What is measured against a gold standard: one module a stage."""
