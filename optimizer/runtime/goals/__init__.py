"""The goals of the cars: which one holds, where they are set, and what the disk keeps of them."""
