//! What the two programs of this package share: keys and tokens made on the spot, chats with models, and the clocks.

pub mod by_hand;
pub mod chats;
pub mod measure;
pub mod samples;
pub mod translation;
