//! Where metadata documents are: pure rules from an identifier to the URLs to try, in order.

use url::Url;

/// Where the metadata of an issuer may be (RFC 8414 sections 3.1 and 5, OpenID Connect Discovery section 4, in the order
/// of MCP "Authorization Server Metadata Discovery"). A terminating slash is dropped for building the URL only.
pub(crate) fn of_issuer(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/');
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        paths.push(format!("{path}/.well-known/openid-configuration"));
    }
    paths.iter().map(|path| at(issuer, path, None)).collect()
}

/// Where the metadata of a protected resource is, by its path (RFC 9728 section 3.1).
pub(crate) fn of_resource(resource: &Url) -> Url {
    let path = resource.path();
    let path = if path == "/" { "" } else { path };
    at(resource, &format!("/.well-known/oauth-protected-resource{path}"), resource.query())
}

/// Where the metadata of a whole origin is.
pub(crate) fn of_root(resource: &Url) -> Url {
    at(resource, "/.well-known/oauth-protected-resource", None)
}

fn at(base: &Url, path: &str, query: Option<&str>) -> Url {
    let mut url = base.clone();
    url.set_path(path);
    url.set_query(query);
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn strings(urls: Vec<Url>) -> Vec<String> {
        urls.into_iter().map(String::from).collect()
    }

    #[test]
    fn issuers_with_and_without_a_path() {
        let base = "https://as.example";
        let expected = [
            format!("{base}/.well-known/oauth-authorization-server/t1"),
            format!("{base}/.well-known/openid-configuration/t1"),
            format!("{base}/t1/.well-known/openid-configuration"),
        ];
        assert_eq!(strings(of_issuer(&url("https://as.example/t1"))), expected);
        assert_eq!(strings(of_issuer(&url("https://as.example/t1/"))), expected);
        assert_eq!(
            strings(of_issuer(&url("https://as.example"))),
            [
                format!("{base}/.well-known/oauth-authorization-server"),
                format!("{base}/.well-known/openid-configuration")
            ]
        );
    }

    #[test]
    fn resources() {
        let found = of_resource(&url("https://mcp.example/a/?tenant=1"));
        assert_eq!(found.as_str(), "https://mcp.example/.well-known/oauth-protected-resource/a/?tenant=1");
        let root = "https://mcp.example/.well-known/oauth-protected-resource";
        assert_eq!(of_resource(&url("https://mcp.example/")).as_str(), root);
        assert_eq!(of_root(&url("https://mcp.example/a/?tenant=1")).as_str(), root);
    }
}
