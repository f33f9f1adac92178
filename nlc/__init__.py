"""nlc: the nested learning compiler."""
