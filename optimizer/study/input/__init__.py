"""The input of a study: series of PV and load from traces, histories, and generated weather."""
