//! One limit before any other work: how many requests an address may send. A token bucket in this
//! process; what accounts and clients may do is counted in the store, where nodes share it.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use governor::clock::Clock as Measure;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use super::reply::put_off;
use super::request::from;
use crate::clock::Clock;
use crate::config::{Rate, RateLimits};
use crate::protocol::{IssuerUrl, network};
use crate::rule::{Fact, REQUEST_RATE};

/// Addresses that are remembered before those that were quiet long enough are looked for.
const MANY: usize = 16_384;
/// How often at most that is done.
const PAUSE: Duration = Duration::from_secs(1);

/// The buckets of all addresses, shared by the servers of a lab.
pub struct Flood {
    limiter: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, LabClock, NoOpMiddleware<Nanos>>,
    rate: Rate,
    loopback: bool,
    clock: Clock,
    swept: AtomicU64,
}

/// The lab's clock, as the buckets read it.
#[derive(Clone, Debug)]
struct LabClock(Clock);

impl Measure for LabClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Duration::from_millis(self.0.now().millis()).into()
    }
}

impl Flood {
    /// With the limits of a configuration; `None` where they admit nothing to be counted.
    pub fn new(limits: &RateLimits, clock: Clock) -> Option<Self> {
        let rate = limits.address;
        let each = rate.per.checked_div(rate.events)?;
        let quota = Quota::with_period(each)?.allow_burst(NonZeroU32::new(rate.events)?);
        let limiter = RateLimiter::dashmap_with_clock(quota, LabClock(clock.clone()));
        let swept = AtomicU64::new(0);
        Some(Self { limiter, rate, loopback: limits.loopback, clock, swept })
    }

    /// Admits one more request of an address, or says in what time it will.
    pub fn admit(&self, address: IpAddr) -> Result<(), Duration> {
        let address = network(address);
        if address.is_loopback() && !self.loopback {
            return Ok(());
        }
        self.sweep();
        let refused = self.limiter.check_key(&address);
        refused.map_err(|until| until.wait_time_from(LabClock(self.clock.clone()).now()))
    }

    /// A full bucket is the same as none.
    fn sweep(&self) {
        let now = self.clock.now();
        let due = self.swept.load(Ordering::Relaxed) <= now.millis();
        if due && self.limiter.len() > MANY {
            self.swept.store(now.plus(PAUSE).millis(), Ordering::Relaxed);
            self.limiter.retain_recent();
        }
    }
}

impl fmt::Debug for Flood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flood").field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// Puts off the requests of an address that sends too many.
pub fn around(router: Router, issuer: IssuerUrl, flood: Arc<Flood>) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let admitted = from(request.extensions()).map_or(Ok(()), |address| flood.admit(address));
        let refused = admitted.err().map(|wait| {
            let Rate { events, per } = flood.rate;
            let expected = Fact::public(format!("at most {events} in {} s", per.as_secs()));
            put_off(&issuer, &REQUEST_RATE, (expected, Fact::fixed("more")), wait)
        });
        async move {
            match refused {
                Some(refused) => refused,
                None => next.run(request).await,
            }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::config::Config;

    fn flood(loopback: bool) -> (Flood, Clock) {
        let clock = Clock::manual(Timestamp::from_secs(1_700_000_000));
        let address = Rate { events: 3, per: Duration::from_secs(6) };
        let limits = RateLimits { address, loopback, ..Config::builtin().unwrap().limits };
        (Flood::new(&limits, clock.clone()).unwrap(), clock)
    }

    fn admit(flood: &Flood, address: &str) -> Result<(), Duration> {
        flood.admit(address.parse().unwrap())
    }

    #[test]
    fn a_bucket_fills_again_and_the_wait_is_what_it_says() {
        let (flood, clock) = flood(false);
        for _ in 0..3 {
            assert_eq!(admit(&flood, "203.0.113.7"), Ok(()));
        }
        let wait = admit(&flood, "203.0.113.7").unwrap_err();
        assert_eq!(wait, Duration::from_secs(2));
        clock.advance(Duration::from_millis(1999));
        assert!(admit(&flood, "203.0.113.7").is_err());
        clock.advance(Duration::from_millis(1));
        assert_eq!(admit(&flood, "203.0.113.7"), Ok(()));
        assert!(admit(&flood, "203.0.113.7").is_err());
    }

    #[test]
    fn others_are_not_held_up_and_a_network_is_one() {
        let (flood, _) = flood(false);
        let admitted = |address: String| admit(&flood, &address).is_ok();
        let of_one = (0..9).filter(|n| admitted(format!("2001:db8::{n}"))).count();
        let of_many = (0..9).filter(|n| admitted(format!("2001:db8:0:{n}1::1"))).count();
        assert_eq!((of_one, of_many), (3, 9));
    }

    #[test]
    fn this_machine_has_a_limit_only_where_the_file_says_so() {
        for (loopback, expected) in [(false, 9), (true, 3)] {
            let (flood, _) = flood(loopback);
            let admitted = (0..9).filter(|_| admit(&flood, "127.0.0.1").is_ok()).count();
            assert_eq!(admitted, expected);
        }
    }

    #[test]
    fn a_million_addresses_are_not_remembered() {
        let (flood, clock) = flood(false);
        for n in 0..200_000_u32 {
            let address = IpAddr::from(n.to_be_bytes().map(|byte| byte | 1));
            let _ = flood.admit(address);
            if n % 1000 == 0 {
                clock.advance(Duration::from_secs(1));
            }
        }
        assert!(flood.limiter.len() <= MANY + 2000, "{}", flood.limiter.len());
    }
}
