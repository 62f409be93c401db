"""Notifications: messages to people about troubles that they must act on."""
