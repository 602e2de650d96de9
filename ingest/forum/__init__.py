"""How forum threads become documents: deliveries in the inbox, the state of each thread, what is published of it."""
