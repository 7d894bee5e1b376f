//! What the two programs of this package share: keys and tokens made on the spot, and the clocks.

pub mod measure;
pub mod samples;
