//! Trust anchors in PEM (RFC 7468): a file that somebody calls certificates.
#![no_main]

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::check_message;
use toolgate_tls_config::ClientTls;

fuzz_target!(|input: &[u8]| {
    let tls = ClientTls::new().with_only_extra_roots().with_ca_pem(input);
    match tls.summary() {
        Ok(summary) => {
            assert_eq!(summary.count, summary.anchors.iter().filter(|anchor| !anchor.expired).count());
            for anchor in &summary.anchors {
                check_message(&anchor.subject);
            }
        }
        Err(error) => check_message(&error),
    }
});
