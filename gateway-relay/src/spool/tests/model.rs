//! The spool against a model of it: whatever is done in whatever order, with restarts in between.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What somebody does to the spool.
#[derive(Clone, Debug)]
enum Act {
    Push(bool),
    Next(bool),
    /// Settle one of those handed out: done or dead.
    Settle {
        which: usize,
        dead: bool,
    },
    Flush,
    Restart,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        5 => any::<bool>().prop_map(Act::Push),
        5 => any::<bool>().prop_map(Act::Next),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(which, dead)| Act::Settle { which, dead: dead && which % 3 == 0 }),
        1 => Just(Act::Flush),
        1 => Just(Act::Restart),
    ];
    proptest::collection::vec(act, 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    /// Every event is handed out in the order of its lane, again after a restart, until it is settled, and never after.
    #[test]
    fn whatever_happens_nothing_is_lost_and_nothing_settled_comes_back(acts in acts()) {
        let dir = TempDir::new().unwrap();
        let mut spool = open(&dir);
        let lane = |urgent: bool| if urgent { URGENT } else { BULK };
        // Order -> (lane, handed out in this run).
        let mut model: BTreeMap<u64, (bool, bool)> = BTreeMap::new();
        let mut handed: Vec<Arc<Spooled>> = vec![];
        for act in acts {
            match act {
                Act::Push(urgent) => {
                    let Pushed::Kept(order) = spool.push(lane(urgent), says(7, "e", Some("t")), 0) else { panic!() };
                    model.insert(order, (urgent, false));
                }
                Act::Next(urgent) => {
                    let expected = model.iter().find(|(_, its)| **its == (urgent, false)).map(|(order, _)| *order);
                    let next = spool.next(lane(urgent));
                    prop_assert_eq!(next.as_ref().map(|next| next.event.order), expected);
                    if let Some(next) = next {
                        model.insert(next.event.order, (urgent, true));
                        handed.push(next);
                    }
                }
                Act::Settle { which, dead } => {
                    if handed.is_empty() { continue }
                    let one = handed.swap_remove(which % handed.len());
                    let (urgent, _) = model.remove(&one.event.order).unwrap();
                    if dead { spool.dead(lane(urgent), one, 0) } else { spool.done(lane(urgent), one.event.order) }
                }
                Act::Flush => on_disk(&spool),
                Act::Restart => {
                    drop(spool);
                    spool = open(&dir);
                    handed.clear();
                    model.values_mut().for_each(|its| its.1 = false);
                }
            }
            for urgent in [true, false] {
                let waits = model.values().filter(|its| its.0 == urgent).count();
                prop_assert_eq!(spool.len(lane(urgent)), waits);
            }
        }
    }
}
