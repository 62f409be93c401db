"""What the house is doing: cars, batteries, home load, surplus, and the worst case for the fuses."""
