"""Learn from a house: simulate, replay, backtest, compare, report."""
