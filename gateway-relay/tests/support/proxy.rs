//! A wire that can be cut, held still, and taken away, between the relay and whoever it talks to.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Forward,
    /// Connections are taken and kept, and nothing passes.
    Stall,
    /// Nobody listens.
    Refuse,
}

#[derive(Clone, Copy, Debug)]
struct Wire {
    mode: Mode,
    /// Connections of an earlier number are over.
    cuts: u64,
}

/// Forwards every connection to one address.
pub struct Proxy {
    pub addr: SocketAddr,
    wire: watch::Sender<Wire>,
    /// Connections taken so far, and whether the port is open.
    seen: watch::Receiver<(u64, bool)>,
}

impl Proxy {
    pub async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (wire, orders) = watch::channel(Wire { mode: Mode::Forward, cuts: 0 });
        let (tell, seen) = watch::channel((0, true));
        tokio::spawn(listen(listener, target, orders, tell));
        Self { addr, wire, seen }
    }

    /// To the host and port of `http://host:port` or `ws://host:port/path`.
    pub async fn to_url(url: &str) -> Self {
        let rest = url.split_once("://").unwrap().1;
        Self::to(rest.split('/').next().unwrap().parse().unwrap()).await
    }

    /// Ends all connections; new ones are taken.
    pub fn cut(&self) {
        self.wire.send_modify(|wire| wire.cuts += 1);
    }

    /// From now on nothing passes, on old and new connections.
    pub fn stall(&self) {
        self.wire.send_modify(|wire| wire.mode = Mode::Stall);
    }

    /// Ends all connections and closes the port.
    pub async fn refuse(&self) {
        self.wire.send_modify(|wire| *wire = Wire { mode: Mode::Refuse, cuts: wire.cuts + 1 });
        self.until_open(false).await;
    }

    /// All is as it was; what was held passes.
    pub async fn resume(&self) {
        self.wire.send_modify(|wire| wire.mode = Mode::Forward);
        self.until_open(true).await;
    }

    pub fn connections(&self) -> u64 {
        self.seen.borrow().0
    }

    async fn until_open(&self, wanted: bool) {
        let mut seen = self.seen.clone();
        let waited = tokio::time::timeout(Duration::from_secs(20), seen.wait_for(|(_, open)| *open == wanted)).await;
        assert!(waited.is_ok(), "the port does not do as it is told");
    }
}

async fn listen(
    listener: TcpListener,
    target: SocketAddr,
    mut orders: watch::Receiver<Wire>,
    tell: watch::Sender<(u64, bool)>,
) {
    let addr = listener.local_addr().unwrap();
    let mut listener = Some(listener);
    loop {
        let mode = orders.borrow_and_update().mode;
        if mode == Mode::Refuse {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(addr).await.ok();
        }
        tell.send_modify(|seen| seen.1 = listener.is_some());
        let Some(open) = &listener else {
            // A port that could not be had again at once is asked for until it can.
            if mode != Mode::Refuse {
                tokio::time::sleep(Duration::from_millis(5)).await;
            } else if orders.changed().await.is_err() {
                return;
            }
            continue;
        };
        tokio::select! {
            Ok((stream, _)) = open.accept() => {
                tell.send_modify(|seen| seen.0 += 1);
                tokio::spawn(carry(stream, target, orders.clone()));
            }
            changed = orders.changed() => if changed.is_err() { return },
        }
    }
}

async fn carry(mut near: TcpStream, target: SocketAddr, mut orders: watch::Receiver<Wire>) {
    let _ = near.set_nodelay(true);
    let born = orders.borrow_and_update().cuts;
    let mut passing = Box::pin(async move {
        let Ok(mut far) = TcpStream::connect(target).await else { return };
        let _ = far.set_nodelay(true);
        let _ = copy_bidirectional(&mut near, &mut far).await;
    });
    loop {
        let wire = *orders.borrow_and_update();
        if wire.cuts != born || wire.mode == Mode::Refuse {
            return;
        }
        tokio::select! {
            () = &mut passing, if wire.mode == Mode::Forward => return,
            changed = orders.changed() => if changed.is_err() { return },
        }
    }
}
