"""Texts for people: sentences that keep their template and values, and the catalogues of other languages."""
