//! The files of keys and secrets that the settings name: whether any other user of this machine can read them. In a container
//! they often can, and nobody is there to do so: that is worth a look, and no failure.

use std::path::Path;

use toolgate::Config;

use super::visit::Visit;

pub(super) fn examine(visit: &mut Visit, config: &Config) {
    for file in named(config).filter(|file| is_open_to_all(file)) {
        let says = format!("{} can be read by every user of this machine", file.display());
        visit.warn("secret file", None, says, format!("chmod o= {}", file.display()));
    }
}

fn named(config: &Config) -> impl Iterator<Item = &Path> {
    let clients = config.mcp.values().filter_map(|server| server.oauth.as_ref()).chain([&config.oauth]);
    let of_clients =
        clients.flat_map(|oauth| [&oauth.client_secret_file, &oauth.key_file, &oauth.dpop_key_file]);
    let others = [
        &config.tls.client_key,
        &config.serve.key,
        &config.store.key_file,
        &config.audit.checkpoint_key_file,
    ];
    of_clients.chain(others).filter_map(Option::as_deref)
}

#[cfg(unix)]
fn is_open_to_all(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    std::fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_: &Path) -> bool {
    false
}
