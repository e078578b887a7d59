//! Nothing but benches; see `benches/queries.rs`.
