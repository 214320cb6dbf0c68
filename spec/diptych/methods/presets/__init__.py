"""One file a method, or a few that share one: presets of the algebra, with their papers' defaults."""
