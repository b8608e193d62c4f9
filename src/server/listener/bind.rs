//! Binding: both loopback families on one port, or one address; and what to say if that fails.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process;

use axum::Router;
use tokio::net::{TcpListener, TcpSocket};

use super::holder::{self, PortHolder};
use super::{Limits, Served, Wire, accept};
use crate::config::Bind;

const BACKLOG: u32 = 1024;
/// How often a port that the system chose for IPv4 may turn out to be taken for IPv6.
const TRIES: u32 = 16;

/// Bound sockets that nobody serves yet: connections wait in the system's queue.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

/// Why a listener could not be bound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// Someone listens there already.
    #[error("port {} is taken on {}{}", address.port(), address.ip(), by(holder.as_ref()))]
    PortTaken {
        /// What was asked for.
        address: SocketAddr,
        /// Who has it, where the system tells.
        holder: Option<PortHolder>,
    },
    /// The system reserves the port, usually because it is below 1024.
    #[error("port {} needs privileges that this process does not have", address.port())]
    NotPermitted {
        /// What was asked for.
        address: SocketAddr,
    },
    /// No interface of this machine has the address.
    #[error("this machine has no address {}", address.ip())]
    NoSuchAddress {
        /// What was asked for.
        address: SocketAddr,
    },
    /// The system found no port that is free for IPv4 and IPv6.
    #[error("no port is free on both 127.0.0.1 and ::1")]
    NoFreePort,
    /// Anything else.
    #[error("cannot listen on {address}: {reason}")]
    Socket {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        reason: io::Error,
    },
}

impl ListenError {
    /// What the operator can do.
    pub fn hint(&self) -> String {
        match self {
            Self::PortTaken { holder: Some(holder), .. } if holder.pid == process::id() => {
                "two listeners of this lab want the same port: give each its own".into()
            }
            Self::PortTaken { holder: Some(holder), .. } => format!(
                "stop that process (`kill {}`), or choose another port; port 0 takes a free one",
                holder.pid
            ),
            Self::PortTaken { holder: None, .. } => {
                "stop whatever listens there, or choose another port; port 0 takes a free one"
                    .into()
            }
            Self::NotPermitted { .. } => "choose a port above 1023; port 0 takes a free one".into(),
            Self::NoSuchAddress { .. } => {
                "bind to `loopback` or to an address that this machine has".into()
            }
            Self::NoFreePort => "name a port, or stop processes that hold many of them".into(),
            Self::Socket { .. } => "check the address and the system's limits".into(),
        }
    }
}

fn by(holder: Option<&PortHolder>) -> String {
    holder.map(|holder| format!(" by {holder}")).unwrap_or_default()
}

impl Listener {
    /// Binds without serving. Port 0 takes a free port, the same one in both loopback families.
    /// Must be called inside a runtime.
    pub fn bind(bind: Bind, port: u16) -> Result<Self, ListenError> {
        match (bind, port) {
            (Bind::Address(address), port) => Ok(Self::of(vec![open((address, port).into())?])),
            (Bind::Loopback, 0) => {
                for _ in 0..TRIES {
                    match loopback(0) {
                        Err(ListenError::PortTaken { .. }) => {}
                        other => return other,
                    }
                }
                Err(ListenError::NoFreePort)
            }
            (Bind::Loopback, port) => loopback(port),
        }
    }

    fn of(sockets: Vec<TcpListener>) -> Self {
        let addresses = sockets.iter().filter_map(|socket| socket.local_addr().ok()).collect();
        Self { sockets, addresses }
    }

    /// The bound addresses; with `loopback`, IPv4 first.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The bound port.
    pub fn port(&self) -> u16 {
        self.addresses.first().map_or(0, SocketAddr::port)
    }

    /// Serves until `shutdown` resolves, and then drains. Handlers find the client in
    /// `axum::extract::ConnectInfo<SocketAddr>`; behind a proxy its port is 0. A panic in a handler ends its connection only.
    pub fn serve(
        self,
        router: Router,
        wire: Wire,
        limits: Limits,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Served {
        accept::start(self.sockets, router, wire, limits, shutdown)
    }
}

fn loopback(port: u16) -> Result<Listener, ListenError> {
    let v4 = open((Ipv4Addr::LOCALHOST, port).into())?;
    let port = v4.local_addr().map_or(port, |address| address.port());
    match open((Ipv6Addr::LOCALHOST, port).into()) {
        Ok(v6) => Ok(Listener::of(vec![v4, v6])),
        // `localhost` may mean ::1 to a client: it must not reach somebody else there.
        Err(taken @ ListenError::PortTaken { .. }) => Err(taken),
        // A machine without IPv6.
        Err(_) => Ok(Listener::of(vec![v4])),
    }
}

fn open(address: SocketAddr) -> Result<TcpListener, ListenError> {
    listen(address).map_err(|reason| match reason.kind() {
        io::ErrorKind::AddrInUse => {
            ListenError::PortTaken { address, holder: holder::find(address) }
        }
        io::ErrorKind::PermissionDenied => ListenError::NotPermitted { address },
        io::ErrorKind::AddrNotAvailable => ListenError::NoSuchAddress { address },
        _ => ListenError::Socket { address, reason },
    })
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address.ip() {
        IpAddr::V4(_) => TcpSocket::new_v4()?,
        IpAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restart must not wait for connections of the last run to time out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn port_0_binds_one_port_in_both_families() {
        let listener = Listener::bind(Bind::Loopback, 0).unwrap();
        assert_ne!(listener.port(), 0);
        assert!(listener.addresses().iter().all(|address| address.port() == listener.port()));
        assert!(listener.addresses().iter().all(|address| address.ip().is_loopback()));
        assert!(listener.addresses()[0].is_ipv4());
    }

    #[tokio::test]
    async fn a_taken_port_names_its_holder() {
        let first = Listener::bind(Bind::Loopback, 0).unwrap();
        let error = Listener::bind(Bind::Loopback, first.port()).unwrap_err();
        let ListenError::PortTaken { address, holder } = &error else { panic!("{error}") };
        assert_eq!(*address, first.addresses()[0]);
        if cfg!(target_os = "linux") {
            let holder = holder.as_ref().unwrap();
            assert_eq!(holder.pid, process::id());
            assert!(error.to_string().contains(&holder.name), "{error}");
            assert!(error.hint().contains("this lab"), "{}", error.hint());
        }
    }

    #[tokio::test]
    async fn a_port_taken_on_ipv6_alone_is_taken_too() {
        let Ok(v6) = open((Ipv6Addr::LOCALHOST, 0).into()) else { return };
        let port = v6.local_addr().unwrap().port();
        let error = Listener::bind(Bind::Loopback, port).unwrap_err();
        assert!(matches!(error, ListenError::PortTaken { address, .. } if address.is_ipv6()));
    }

    #[tokio::test]
    async fn an_address_that_this_machine_lacks_is_said_so() {
        // TEST-NET-1 of RFC 5737.
        let error = Listener::bind(Bind::Address([192, 0, 2, 1].into()), 0).unwrap_err();
        assert!(matches!(error, ListenError::NoSuchAddress { .. }), "{error}");
    }

    #[test]
    fn another_process_is_named_with_the_way_to_stop_it() {
        let holder = Some(PortHolder { pid: 1, name: "node".into() });
        let error = ListenError::PortTaken { address: ([127, 0, 0, 1], 9443).into(), holder };
        assert_eq!(error.to_string(), "port 9443 is taken on 127.0.0.1 by node (pid 1)");
        assert!(error.hint().contains("`kill 1`"));
    }
}
