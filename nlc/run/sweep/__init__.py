"""A walk through the domains of a spec's params: every point priced, then trained briefly."""
