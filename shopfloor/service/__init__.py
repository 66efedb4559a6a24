"""What one does with a store, as a viewer may: the one way to the data for commands, pages and notebooks."""
