//! What a user of the library links: no second HTTP client, no second TLS, and OpenSSL only for `josekit`. `deny.toml`
//! says the same of the whole graph; this needs nothing installed.

use super::Violation;

/// A crate that must not be there, unless one of these depends on it.
const BANNED: &[(&str, &[&str])] =
    &[("reqwest", &[]), ("native-tls", &[]), ("openssl", &["josekit"]), ("openssl-sys", &["openssl"])];

/// Reads the output of `cargo tree --prefix depth`. A crate's dependencies are listed once, where it first stands, so
/// every edge is seen.
pub(super) fn check(tree: &str) -> Vec<Violation> {
    let mut path: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for line in tree.lines() {
        let digits = line.find(|character: char| !character.is_ascii_digit()).unwrap_or(line.len());
        let (depth, rest) = line.split_at(digits);
        let (Ok(depth), Some(name)) = (depth.parse::<usize>(), rest.split_whitespace().next()) else {
            continue;
        };
        path.truncate(depth);
        let parent = path.last().copied().unwrap_or_default();
        let banned = BANNED.iter().find(|(banned, parents)| *banned == name && !parents.contains(&parent));
        if banned.is_some() {
            let mend = "switch off the feature of that crate which brings it, or do without the crate";
            found.push(Violation::new("Cargo.toml", format!("{parent} depends on {name}"), mend));
        }
        path.push(name);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssl_is_for_josekit_alone() {
        let josekit =
            "0toolgate v0.1.0\n1josekit v0.10.3\n2openssl v0.10.72\n3openssl-sys v0.9.0\n1serde v1.0.0";
        assert!(check(josekit).is_empty());
        let other =
            "0toolgate v0.1.0\n1josekit v0.10.3\n2openssl v0.10.72\n1hyper-tls v0.6.0\n2openssl v0.10.72 (*)";
        assert_eq!(check(other)[0].what, "hyper-tls depends on openssl");
    }

    #[test]
    fn reqwest_has_no_place_anywhere() {
        let found = check("0toolgate v0.1.0\n1oauth2 v5.0.0\n2reqwest v0.12.0\n\n0toolgate-cli v0.1.0");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].what, "oauth2 depends on reqwest");
    }
}
