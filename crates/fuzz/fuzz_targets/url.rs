//! URLs that a server chose: ours must not read one otherwise than it will be requested.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use toolgate_fuzz::check_message;
use toolgate_http_client::{AddressPolicy, Origin, parse_url};
use toolgate_oauth_cc::discovery::UrlPolicy;
use url::Url;

fuzz_target!(|text: &str| {
    let strict = match parse_url(text) {
        Ok(uri) => Some(Origin::of(&uri).expect("a URL without an origin")),
        Err(error) => {
            check_message(&error);
            None
        }
    };
    match UrlPolicy::new().check(text) {
        // Two parsers, one origin: what was checked is what is connected to.
        Ok(()) => {
            let url = Url::parse(text).expect("a URL that was let through and is none");
            let requested = parse_url(url.as_str()).expect("a URL that was let through cannot be requested");
            assert_eq!(url.scheme(), "https");
            let origin = Origin::of(&requested).unwrap();
            AddressPolicy::default()
                .check_host(&origin)
                .expect("another address than the one that was judged");
            // The spelling of an address is the one thing that is normalised on the way, and it was judged again above.
            let strict = strict.expect("a URL that only one of two parsers takes");
            let address = origin.host().trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
            assert!(strict == origin || address, "two origins for {text:?}");
        }
        Err(error) => check_message(&error),
    }
});
