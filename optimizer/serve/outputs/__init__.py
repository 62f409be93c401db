"""Outputs that publish on their own: MQTT, Home Assistant, and notifications."""
