"""Commands that look at the past and at what could be: replay, simulate, backtest, tune, import."""
