//! Twenty users times twenty apps times every operation times every door: no
//! cell tells of another, and what is forbidden looks like what is not there.
//!
//! A door is one way to a vault: see [`doors::Door`]. One more (HTTP, say) is
//! one more implementation and one more line in `every_door`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

mod crossing;
mod doors;
mod in_process;
mod own;
mod socket;
mod world;

use doors::Door;

/// Everything that is asked through one door.
fn walk(mut door: Box<dyn Door>) {
    world::furnish(door.as_mut());
    // First what must not happen: afterwards everything is still as it was set.
    crossing::into_other_apps(door.as_mut());
    crossing::into_other_users(door.as_mut());
    own::absent_is_absent_whoever_else_has_it(door.as_mut());
    own::what_an_app_has_for_itself_is_not_there_for_users(door.as_mut());
    own::every_cell_has_its_own(door.as_mut());
}

#[test]
fn no_cell_leaks_in_process() {
    walk(Box::new(in_process::InProcess::new()));
}

#[test]
fn no_cell_leaks_on_the_socket() {
    walk(Box::new(socket::Socket::new()));
}
