"""Any meter: quantities out of JSON over HTTP, of Modbus registers, or of MQTT messages."""
