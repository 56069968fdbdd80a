//! How many connections there may be, together and of one uid.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Limits;
use crate::service::InFlight;

/// Counts connections and hands out seats.
#[derive(Debug)]
pub struct Gate {
    state: Mutex<State>,
    descriptors: u64,
}

#[derive(Debug)]
struct State {
    limits: Bounds,
    total: u64,
    uids: HashMap<u32, Uid>,
}

#[derive(Debug, Clone, Copy)]
struct Bounds {
    total: u64,
    /// What descriptors allow, whatever the configuration says.
    descriptors: u64,
    per_uid: u64,
    in_flight: u64,
}

#[derive(Debug)]
struct Uid {
    connections: u64,
    in_flight: Arc<InFlight>,
}

/// One connection's place. Given back when dropped.
#[derive(Debug)]
pub struct Seat {
    gate: Arc<Gate>,
    uid: u32,
    in_flight: Arc<InFlight>,
}

/// No place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{limit}` is {max}")]
pub struct Full {
    /// The limit's name in the configuration.
    pub limit: &'static str,
    /// Its value.
    pub max: u64,
}

impl Gate {
    /// A gate for a process that may have this many descriptors open.
    #[must_use]
    pub fn new(limits: &Limits, descriptors: u64) -> Arc<Self> {
        let bounds = Bounds::new(limits, descriptors);
        Arc::new(Self { state: Mutex::new(State { limits: bounds, total: 0, uids: HashMap::new() }), descriptors })
    }

    /// Takes over reloaded limits. Connections above a lower limit stay.
    pub fn reload(&self, limits: &Limits) {
        let mut state = self.lock();
        state.limits = Bounds::new(limits, self.descriptors);
        for uid in state.uids.values() {
            uid.in_flight.set_limit(limits.max_in_flight_per_uid);
        }
    }

    /// A place for one more connection of this uid.
    pub fn enter(self: &Arc<Self>, uid: u32) -> Result<Seat, Full> {
        let mut state = self.lock();
        let bounds = state.limits;
        if state.total >= bounds.total {
            return Err(Full { limit: "max_connections", max: bounds.total });
        }
        let entry =
            state.uids.entry(uid).or_insert_with(|| Uid { connections: 0, in_flight: InFlight::new(bounds.in_flight) });
        if entry.connections >= bounds.per_uid {
            return Err(Full { limit: "max_connections_per_uid", max: bounds.per_uid });
        }
        entry.connections += 1;
        let in_flight = Arc::clone(&entry.in_flight);
        state.total += 1;
        Ok(Seat { gate: Arc::clone(self), uid, in_flight })
    }

    /// May this many connections that were refused stay a moment? They have
    /// descriptors, too, and what is kept back is not for them.
    pub(super) fn has_room_beside(&self, refused: usize) -> bool {
        let state = self.lock();
        state.total.saturating_add(refused as u64) <= state.limits.descriptors
    }

    /// Connections right now.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.lock().total
    }

    /// Counting cannot leave the state half changed, so a panic elsewhere does
    /// not make it unusable.
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bounds {
    fn new(limits: &Limits, descriptors: u64) -> Self {
        let descriptors = descriptors.saturating_sub(limits.fd_reserve).max(1);
        Self {
            total: limits.max_connections.min(descriptors).max(1),
            descriptors,
            per_uid: limits.max_connections_per_uid,
            in_flight: limits.max_in_flight_per_uid,
        }
    }
}

impl Seat {
    /// The uid's allowance of queued work.
    #[must_use]
    pub fn in_flight(&self) -> Arc<InFlight> {
        Arc::clone(&self.in_flight)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        state.total = state.total.saturating_sub(1);
        if let Some(entry) = state.uids.get_mut(&self.uid) {
            entry.connections = entry.connections.saturating_sub(1);
        }
        // A uid with unfinished work is remembered until it is done, or hanging
        // up would be a way around its allowance.
        if state.uids.len() > REMEMBERED {
            state.uids.retain(|_, uid| uid.connections > 0 || uid.in_flight.held() > 0);
        }
    }
}

/// Uids remembered after their last connection, before they are swept.
const REMEMBERED: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(total: u64, per_uid: u64) -> Arc<Gate> {
        let limits = Limits { max_connections: total, max_connections_per_uid: per_uid, ..Limits::default() };
        Gate::new(&limits, 1_000)
    }

    #[test]
    fn both_limits_hold_and_seats_come_back() {
        let gate = gate(3, 2);
        let (a, _b) = (gate.enter(1).unwrap(), gate.enter(1).unwrap());
        assert_eq!(gate.enter(1).unwrap_err(), Full { limit: "max_connections_per_uid", max: 2 });
        let _c = gate.enter(2).unwrap();
        assert_eq!(gate.enter(3).unwrap_err(), Full { limit: "max_connections", max: 3 });
        drop(a);
        assert_eq!(gate.connections(), 2);
        let _d = gate.enter(3).unwrap();
    }

    #[test]
    fn descriptors_bound_connections_too() {
        let gate = Gate::new(&Limits { fd_reserve: 8, ..Limits::default() }, 10);
        let _seats = (gate.enter(1).unwrap(), gate.enter(2).unwrap());
        assert_eq!(gate.enter(3).unwrap_err().max, 2);
    }

    #[test]
    fn who_is_refused_waits_beside_the_reserve_and_not_in_it() {
        let limits = Limits { max_connections: 2, fd_reserve: 8, ..Limits::default() };
        let gate = Gate::new(&limits, 13);
        let _seats = (gate.enter(1).unwrap(), gate.enter(2).unwrap());
        assert!(gate.enter(3).is_err());
        assert!(gate.has_room_beside(3) && !gate.has_room_beside(4));
        let full = Gate::new(&limits, 10);
        let _seats = (full.enter(1).unwrap(), full.enter(2).unwrap());
        assert!(!full.has_room_beside(1));
    }

    #[test]
    fn hanging_up_does_not_reset_the_allowance() {
        let gate = Gate::new(&Limits { max_in_flight_per_uid: 1, ..Limits::default() }, 1_000);
        let seat = gate.enter(7).unwrap();
        let permit = crate::service::Room::new(seat.in_flight()).take().unwrap();
        drop(seat);
        for uid in 1_000..1_000 + 2 * REMEMBERED as u32 {
            drop(gate.enter(uid).unwrap());
        }
        let again = gate.enter(7).unwrap();
        assert!(crate::service::Room::new(again.in_flight()).take().is_none());
        drop(permit);
        assert!(crate::service::Room::new(again.in_flight()).take().is_some());
    }

    #[test]
    fn a_reload_reaches_those_already_connected() {
        let gate = gate(10, 10);
        let seat = gate.enter(1).unwrap();
        gate.reload(&Limits { max_connections_per_uid: 1, max_in_flight_per_uid: 1, ..Limits::default() });
        assert_eq!(gate.enter(1).unwrap_err().limit, "max_connections_per_uid");
        let mut room = crate::service::Room::new(seat.in_flight());
        let _held = room.take().unwrap();
        assert!(room.take().is_none());
    }
}
