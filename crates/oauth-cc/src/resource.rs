//! The resource that a token is for, as it is named in requests (RFC 8707).

/// The MCP "canonical server URI": scheme and authority in lower case, everything else untouched, and names that are no
/// URL of a server altogether.
pub(crate) fn canonical(resource: &str) -> String {
    let is_url =
        |scheme: &str| resource.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    if !is_url("http://") && !is_url("https://") {
        return resource.to_owned();
    }
    let authority = resource.find("://").map_or(0, |scheme| scheme + 3);
    let (head, tail) = resource.split_at_checked(authority).unwrap_or((resource, ""));
    let end = tail.find(['/', '?']).unwrap_or(tail.len());
    let (host, path) = tail.split_at_checked(end).unwrap_or((tail, ""));
    format!("{}{}{path}", head.to_ascii_lowercase(), host.to_ascii_lowercase())
}
