//! The fenced blocks of a guide, each with what is to be done with it.

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A settings file, or more of one.
    Settings,
    /// Commands, and the exit code that they end with.
    Commands { code: i32 },
    /// What the commands before it print.
    Said,
    /// For the reader alone: settings of other programs.
    Other,
}

/// A fenced block.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) kind: Kind,
    /// The line of its fence, from 1.
    pub(super) line: usize,
    pub(super) text: String,
    /// Whether the paragraph before it says that it is not run here.
    pub(super) elsewhere: bool,
    info: &'a str,
}

impl<'a> Block<'a> {
    /// How a paragraph begins that tells the reader that the next block is not run by the tests.
    pub(super) const ELSEWHERE: &'static str = "*Not run by our tests: ";

    /// The blocks in their order.
    pub(super) fn all(text: &'a str) -> impl Iterator<Item = Self> {
        let mut blocks: Vec<Self> = Vec::new();
        let mut open = false;
        // The first line of the paragraph that ended last, or that we are in.
        let mut paragraph = "";
        let mut between = true;
        for (index, line) in text.lines().enumerate() {
            match (line.strip_prefix("```"), open) {
                (Some(_), true) => open = false,
                (Some(info), false) => {
                    open = true;
                    blocks.push(Self {
                        kind: Kind::of(info),
                        line: index + 1,
                        text: String::new(),
                        elsewhere: paragraph.starts_with(Self::ELSEWHERE),
                        info,
                    });
                    (paragraph, between) = ("", true);
                }
                (None, true) => {
                    if let Some(block) = blocks.last_mut() {
                        block.text.push_str(line);
                        block.text.push('\n');
                    }
                }
                (None, false) if line.trim().is_empty() => between = true,
                (None, false) => {
                    if between {
                        paragraph = line;
                    }
                    between = false;
                }
            }
        }
        assert!(!open, "the last block has no end");
        blocks.into_iter()
    }

    /// The file that the first line names, and whether the block is more of it.
    pub(super) fn file(&self) -> Option<(&str, bool)> {
        let first = self.text.lines().next()?.strip_prefix("# ")?;
        let (name, more) = first.strip_suffix(", added").map_or((first, false), |name| (name, true));
        (name.ends_with(".toml") && !name.contains([' ', '/'])).then_some((name, more))
    }

    /// The fence's own words, for messages.
    pub(super) fn info(&self) -> &str {
        self.info
    }
}

impl Kind {
    fn of(info: &str) -> Self {
        match info {
            "toml" => Self::Settings,
            "sh" => Self::Commands { code: 0 },
            "text" => Self::Said,
            "yaml" | "nginx" | "python" => Self::Other,
            _ => match info.strip_prefix("sh exit=").and_then(|code| code.parse().ok()) {
                Some(code) => Self::Commands { code },
                None => panic!("a block of {info:?}: neither run nor known as something of another program"),
            },
        }
    }
}

#[test]
fn blocks_are_read_as_a_reader_would() {
    let text = "# A\n\nRun:\n\n```sh exit=2\na\n```\n\n*Not run by our tests: an account.\nmore of it*\n\n```toml\n# a.toml, \
                added\nb = 1\n```\n\n```text\nc\n```\n";
    let blocks: Vec<_> = Block::all(text).collect();
    let seen: Vec<_> = blocks.iter().map(|block| (block.kind, block.line, block.elsewhere)).collect();
    assert_eq!(
        seen,
        [(Kind::Commands { code: 2 }, 5, false), (Kind::Settings, 12, true), (Kind::Said, 17, false)]
    );
    assert_eq!(blocks[1].file(), Some(("a.toml", true)));
    assert_eq!((blocks[0].text.as_str(), blocks[0].file()), ("a\n", None));
}
