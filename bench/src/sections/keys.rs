//! Encrypting and decrypting by the native protocol, and a get, each against an
//! echo of as many bytes: what the keys cost beyond the way over the socket.

use vault_proto::Codec;

use crate::daemon::{self, Site, name};
use crate::echo::Echo;
use crate::peers::SIZES;

use super::kms::native_requests;
use super::table::{Side, header, row};

pub(crate) fn measure() {
    let site = Site::new("keys");
    let daemon = site.serve();
    let echo = Echo::start(site.directory());
    let ours = site.target(Codec::Postcard);
    let mut connection = ours.connect();
    connection.ask(&daemon::set(Codec::Postcard, &name(0)));
    let (_, encrypt, decrypt) = native_requests(&mut connection);
    let sized = |operation: &'static str, requests: [Vec<u8>; 2]| {
        SIZES.into_iter().zip(requests).map(move |(size, request)| (format!("{operation}, {size} B"), request))
    };
    let get = ("get".to_owned(), daemon::get(Codec::Postcard, &name(0)));
    header("native", "vault", "echo");
    for (what, request) in std::iter::once(get).chain(sized("encrypt", encrypt)).chain(sized("decrypt", decrypt)) {
        let theirs = echo.target(request.len(), connection.ask(&request).len());
        let ask = |_: usize| request.clone();
        row(&what, Side(&ours, &daemon, &ask), Side(&theirs, &echo.process, &ask), "");
    }
}
