//! Twenty users times twenty apps times every operation times every door: no
//! cell tells of another, and what is forbidden looks like what is not there.
//!
//! A door is one way to a vault: see [`doors::Door`]. One more is one more
//! implementation and one more test below.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

mod crossing;
mod doors;
mod http;
mod in_process;
mod keys;
mod own;
mod served;
mod socket;
mod world;

use doors::Door;

/// Everything that is asked through one door.
fn walk(door: &mut dyn Door) {
    world::furnish(door);
    // First what must not happen: afterwards everything is still as it was set.
    crossing::into_other_apps(door);
    crossing::into_other_users(door);
    own::absent_is_absent_whoever_else_has_it(door);
    own::what_an_app_has_for_itself_is_not_there_for_users(door);
    own::every_cell_has_its_own(door);
}

#[test]
fn no_cell_leaks_in_process() {
    walk(&mut in_process::InProcess::new());
}

#[test]
fn no_cell_leaks_on_the_socket() {
    walk(&mut socket::Socket::new());
}

#[test]
fn no_cell_leaks_through_the_gateway() {
    let mut door = http::Http::new();
    walk(&mut door);
    door.says_nothing_to_nobody();
}
