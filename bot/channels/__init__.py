"""The messengers: each channel turns its own wire format into `bot.incoming.Incoming`."""
