"""Commands for recorded and simulated time: replay, simulate, backtest, tune, import."""
