//! Forgiving readers for what providers send in place of what they document.
//!
//! Text may be null or a number, counts may be null, fractions or text. What cannot be read as the wanted type is
//! read as absent: an odd field costs itself and not the answer.

mod count;
mod few;
mod fitting;
mod members;
mod text;

pub(crate) use self::count::Count;
pub(crate) use self::few::Few;
pub(crate) use self::fitting::{fitting, several};
pub(crate) use self::members::Members;
pub(crate) use self::text::Text;
