//! A bounded queue between processes that survives the death of any of them.
