//! Counts in Redis or Valkey: a sorted set for each name, of the moments at which something was done, or at which the lease of
//! what is under way ends.

use std::time::Duration;

use async_trait::async_trait;

use super::{RedisStore, millis, random};
use crate::store::{Lease, SharedCount, StoreError, in_time};

/// One step for the database, so that nobody comes in between. Moments are microseconds of its own clock; a script that asks for
/// the time and then writes is allowed since Redis 5, which passes on what was written and not the script.
const COUNT: &str = "\
local t = redis.call('time')
local now = t[1] * 1000000 + t[2]
redis.call('zremrangebyscore', KEYS[1], '-inf', now - ARGV[1] * 1000)
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('zadd', KEYS[1], now, ARGV[3])
redis.call('pexpire', KEYS[1], ARGV[1])
return 1";

/// The same for what is under way: leases that have ended are free.
const BEGIN: &str = "\
local t = redis.call('time')
local now = t[1] * 1000000 + t[2]
redis.call('zremrangebyscore', KEYS[1], '-inf', now)
if redis.call('zcard', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('zadd', KEYS[1], now + ARGV[1] * 1000, ARGV[3])
redis.call('pexpire', KEYS[1], ARGV[1])
return 1";

const GO_ON: &str = "\
local t = redis.call('time')
redis.call('zadd', KEYS[1], t[1] * 1000000 + t[2] + ARGV[1] * 1000, ARGV[2])
redis.call('pexpire', KEYS[1], ARGV[1])
return 1";

#[async_trait]
impl SharedCount for RedisStore {
    async fn count(&self, name: &str, most: u32, period: Duration) -> Result<bool, StoreError> {
        let name = self.name("count", &[&millis(period).to_be_bytes(), name.as_bytes()].concat());
        let mut count = redis::cmd("EVAL");
        count.arg(COUNT).arg(1).arg(&name).arg(millis(period)).arg(most).arg(random()?);
        Ok(in_time(self.run::<i64>(&count)).await? == 1)
    }

    async fn begin(&self, name: &str, most: u32, lease: Duration) -> Result<Option<Lease>, StoreError> {
        let (name, place) = (self.name("place", name.as_bytes()), Lease(random()?));
        let mut begin = redis::cmd("EVAL");
        begin.arg(BEGIN).arg(1).arg(&name).arg(millis(lease)).arg(most).arg(&place.0);
        Ok((in_time(self.run::<i64>(&begin)).await? == 1).then_some(place))
    }

    async fn go_on(&self, name: &str, place: &Lease, lease: Duration) -> Result<(), StoreError> {
        let mut go_on = redis::cmd("EVAL");
        go_on.arg(GO_ON).arg(1).arg(self.name("place", name.as_bytes())).arg(millis(lease)).arg(&place.0);
        in_time(self.run::<i64>(&go_on)).await.map(drop)
    }

    async fn end(&self, name: &str, place: &Lease) -> Result<(), StoreError> {
        let mut end = redis::cmd("ZREM");
        end.arg(self.name("place", name.as_bytes())).arg(&place.0);
        in_time(self.run::<i64>(&end)).await.map(drop)
    }
}
