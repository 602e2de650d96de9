"""Sign in with a key or through an OpenID Connect issuer, and sign out."""
