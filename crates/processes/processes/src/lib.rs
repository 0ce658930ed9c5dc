//! Child processes that end with their parent and are never left behind.
