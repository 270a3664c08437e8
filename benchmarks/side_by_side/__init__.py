"""refold and its peers side by side: tools, logs, measurement, table."""
