"""The one place where the parts are put together: settings, the `hamyar` command, the supervisor. Nobody imports it."""
