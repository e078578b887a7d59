//! Public holidays as rules, any year.
