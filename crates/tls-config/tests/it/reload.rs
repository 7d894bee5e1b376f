//! Files that change under a running process.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use toolgate_tls_config::{ClientTls, ReloadingClientTls};

use crate::authority::Authority;

/// As a careful rotation does it: the new file takes the old one's place at once.
fn replace(path: &Path, text: &str) {
    let fresh = path.with_extension("new");
    fs::write(&fresh, text).unwrap();
    fs::rename(&fresh, path).unwrap();
}

#[test]
fn a_changed_file_takes_effect_and_a_bad_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    replace(&path, &Authority::new("first").pem());
    let settings = ClientTls::new().with_only_extra_roots().with_ca_file(&path);
    let tls = ReloadingClientTls::new(settings).unwrap().with_interval(Duration::ZERO);
    let first = tls.current();
    assert!(Arc::ptr_eq(&first, &tls.current()), "nothing changed");

    replace(&path, &Authority::new("second").pem());
    let second = tls.current();
    assert!(!Arc::ptr_eq(&first, &second));

    replace(&path, "half a fi");
    assert!(Arc::ptr_eq(&second, &tls.current()), "the last good one stays");
    assert!(tls.failure().unwrap().to_string().contains("ca.pem"));

    replace(&path, &Authority::new("third").pem());
    assert!(tls.reload().unwrap());
    assert!(!Arc::ptr_eq(&second, &tls.current()));
    assert!(tls.failure().is_none());
    assert!(!tls.reload().unwrap(), "nothing changed since");
}

#[test]
fn a_file_of_a_folder_that_is_written_anew_takes_effect() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    fs::write(&path, Authority::new("first").pem()).unwrap();
    let settings = ClientTls::new().with_only_extra_roots().with_ca_dir(folder.path());
    let tls = ReloadingClientTls::new(settings).unwrap();
    // Into the same file: the folder's own stamp stays as it was.
    fs::write(&path, Authority::new("a second one with a longer name").pem()).unwrap();
    assert!(tls.reload().unwrap());
}

#[test]
fn files_are_left_alone_within_the_interval() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    replace(&path, &Authority::new("first").pem());
    let settings = ClientTls::new().with_only_extra_roots().with_ca_file(&path);
    let tls = ReloadingClientTls::new(settings).unwrap().with_interval(Duration::from_secs(3600));
    let first = tls.current();
    replace(&path, &Authority::new("second").pem());
    assert!(Arc::ptr_eq(&first, &tls.current()));
    assert!(tls.reload().unwrap());
}
