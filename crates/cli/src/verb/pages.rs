//! `toolgate completions` and `toolgate man`: what packages install beside the command, made from its own arguments.

use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Arguments;
use crate::failure::Failure;
use crate::place;
use crate::say::{self, say};
use crate::style::GOOD;

pub(crate) fn completions(shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "toolgate", &mut script);
    say::text(&script);
}

pub(crate) fn man(folder: &Path) -> Result<(), Failure> {
    let other = "name another folder";
    place::make_folder(folder, other)?;
    clap_mangen::generate_to(Arguments::command(), folder).map_err(|error| {
        let said = place::mended(&error, other);
        Failure::setup(format_args!("cannot write manual pages into {}: {said}", folder.display()))
    })?;
    say!("{GOOD}✓{GOOD:#} wrote toolgate.1 and a page for each verb into {}", folder.display());
    Ok(())
}
