//! Why nothing more comes from a process.

/// Why no line follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The process has ended, or closed its output.
    Closed,
    /// The output cannot be read.
    Broken,
    /// A line is longer than allowed.
    TooLong,
    /// There are more requests than allowed that were not answered.
    TooMany,
    /// There are more messages in one line than allowed.
    TooManyAtOnce,
    /// It goes on, and takes no more messages.
    Stuck,
}

impl End {
    /// For whoever waits for an answer.
    pub(super) fn lost(self) -> &'static str {
        match self {
            Self::Closed => "the server's process ended before the answer",
            Self::Broken => "the server's output cannot be read",
            Self::TooLong => "the server wrote a line of more than 16 MiB",
            Self::TooMany => "the server made more than 1000 requests and took no answers",
            Self::TooManyAtOnce => "the server wrote a batch of more than 1000 messages",
            Self::Stuck => "the server took no more messages",
        }
    }

    /// Behind the server's name.
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Closed => "it ended",
            Self::Broken => "its output cannot be read",
            Self::TooLong => "it wrote a line of more than 16 MiB",
            Self::TooMany => "it made more than 1000 requests and took no answers",
            Self::TooManyAtOnce => "it wrote a batch of more than 1000 messages",
            Self::Stuck => "it took no more messages",
        }
    }
}
