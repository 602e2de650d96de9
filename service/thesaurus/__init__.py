"""The thesaurus for staff: look around in it, add labels and concepts, take back what was added here."""
