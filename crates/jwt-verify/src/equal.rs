//! Whether two hashes are the same, in a time that tells nothing about where they differ.

/// Compares without stopping at the first difference.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_differences_make_up_for_each_other() {
        assert!(equal(b"ab", b"ab") && equal(b"", b""));
        for (one, other) in [(&b"ab"[..], &b"ba"[..]), (b"ab", b"a"), (b"ab", b"aB"), (b"ab", b"Ab")] {
            assert!(!equal(one, other) && !equal(other, one), "{one:?} {other:?}");
        }
    }
}
