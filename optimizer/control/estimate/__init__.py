"""The estimate of the present state: cars, batteries, home load, surplus, and the worst case for the fuses."""
