"""A rule-based home-energy optimizer: reads the house, decides by rules, explains every decision."""
