//! What one thread has done and not yet recorded, and how its earlier lines went.

use vault_core::access::AuditBatch;
use vault_core::audit::AuditLog;

use super::{Batch, Withhold};

/// The lines of all connections of a thread that were ready together.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) lines: AuditBatch,
    number: Batch,
    /// The newest batch whose answers must not leave.
    withheld: Option<Batch>,
}

impl Gathered {
    /// The batch being gathered.
    pub(super) fn batch(&self) -> Batch {
        self.number
    }

    /// Writes a batch, unless it is written; tells each connection of it how that went.
    pub(super) fn flush(&mut self, batch: Batch, audit: &AuditLog) -> Result<(), Withhold> {
        if batch == self.number {
            if self.lines.flush(audit).is_err() {
                self.withheld = Some(batch);
            }
            self.number.0 += 1;
        }
        // An earlier one that went well counts as withheld too: one number is
        // enough, and whoever comes so late is told what is safe.
        if self.withheld.is_some_and(|withheld| batch <= withheld) { Err(Withhold) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use vault_core::audit::{Event, MemorySink, OnFull};
    use vault_core::host::Host;

    use super::*;

    #[test]
    fn one_write_serves_a_batch_and_its_failure_is_everybodys() {
        let sink = MemorySink::new();
        let audit = AuditLog::open(sink.clone(), OnFull::Deny, &Host::system()).unwrap();
        let mut gathered = Gathered::default();
        let ask = |gathered: &mut Gathered| {
            gathered.lines.record(&audit, &Event::of("get", "ok"));
            gathered.batch()
        };
        let lines = || sink.contents().iter().filter(|byte| **byte == b'\n').count();
        let before = lines();

        let (first, second) = (ask(&mut gathered), ask(&mut gathered));
        assert_eq!(gathered.flush(first, &audit), Ok(()));
        assert_eq!(lines(), before + 2);
        assert_eq!(gathered.flush(second, &audit), Ok(()));

        let (first, second) = (ask(&mut gathered), ask(&mut gathered));
        sink.set_room(Some(0));
        assert_eq!(gathered.flush(first, &audit), Err(Withhold));
        // There is room again before the second one looks; its line is gone all the same.
        sink.set_room(None);
        assert_eq!(gathered.flush(second, &audit), Err(Withhold));

        let third = ask(&mut gathered);
        assert_eq!(gathered.flush(third, &audit), Ok(()));
        assert_eq!(gathered.flush(second, &audit), Err(Withhold));
    }
}
