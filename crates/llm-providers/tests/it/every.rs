//! Every option and every part of a conversation against every dialect: each is in the body, at the place that the
//! provider documents, or told in the report, or the request is refused. Never is one gone in silence.

mod alibaba;
mod conflicts;
mod models;
mod openai_elsewhere;
mod options;
mod parts;
mod sampling;
mod schemas;
mod thinking;
