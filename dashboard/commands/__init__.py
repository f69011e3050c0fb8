"""The commands of `pregon`, one module per topic, imported when one is called."""
