//! How large something is as JSON, without making it.

use std::io;

use serde::Serialize;

/// In bytes.
pub(crate) fn of_json(value: &impl Serialize) -> u64 {
    struct Count(u64);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Messages and tools always render.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}
