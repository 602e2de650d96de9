"""Who calls and what they may do: keys, OpenID Connect, sessions, scopes, the audit log. Imports `http`."""
