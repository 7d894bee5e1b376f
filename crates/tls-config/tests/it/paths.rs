//! Paths of certificates that lead to a trusted authority and must not be followed all the same (TL-11; RFC 5280 section
//! 6.1). rustls-webpki decides; these show that it is asked about every certificate of the path.

use rcgen::{CertificateParams, GeneralSubtree, IsCa, NameConstraints, date_time_ymd};

use crate::authority::Authority;
use crate::handshake::{client, handshake, server};

/// What is odd about the authority, and about one that it vouches for and that issued the server's certificate.
#[derive(Default)]
struct Path {
    top: Option<fn(&mut CertificateParams)>,
    middle: Option<fn(&mut CertificateParams)>,
}

impl Path {
    /// What comes of a handshake with that server, in rustls's words.
    async fn follow(self) -> String {
        let unchanged = |_: &mut CertificateParams| {};
        let top = Authority::with("top", self.top.unwrap_or(unchanged));
        let middle = top.below("middle", self.middle.unwrap_or(unchanged));
        let mut issued = middle.issue("server.test", 1);
        issued.chain += &middle.pem();
        let outcome = handshake(&client(&top), &server(&issued), "server.test").await;
        outcome.map_or_else(|error| format!("{error:?}"), |_| "trusted".to_owned())
    }
}

fn only(subtree: &str) -> NameConstraints {
    let permitted_subtrees = vec![GeneralSubtree::DnsName(subtree.to_owned())];
    NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() }
}

#[tokio::test]
async fn tl_11_every_certificate_of_a_path_has_its_say() {
    let cases = [
        ("trusted", Path::default()),
        (
            "trusted",
            Path { middle: Some(|params| params.name_constraints = Some(only("test"))), ..Path::default() },
        ),
        (
            "NameConstraint",
            Path { middle: Some(|params| params.name_constraints = Some(only("other"))), ..Path::default() },
        ),
        (
            "NameConstraint",
            Path { top: Some(|params| params.name_constraints = Some(only("other"))), ..Path::default() },
        ),
        (
            "EndEntityUsedAsCa",
            Path { middle: Some(|params| params.is_ca = IsCa::ExplicitNoCa), ..Path::default() },
        ),
        (
            "Expired",
            Path { middle: Some(|params| params.not_after = date_time_ymd(2021, 1, 1)), ..Path::default() },
        ),
    ];
    for (number, (words, path)) in cases.into_iter().enumerate() {
        let outcome = path.follow().await;
        assert!(outcome.contains(words), "{number}: {outcome} instead of {words}");
    }
}
