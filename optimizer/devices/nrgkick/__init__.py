"""The NRGkick Gen2 charger: one decoding and one adapter, two protocols."""
