"""What people did here, nameless and for a set time: searches, what was opened, what helped."""
