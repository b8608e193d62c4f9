//! Who listens on a port: read from `/proc` on Linux, unknown elsewhere. Only asked for after a
//! bind has failed, and bounded: a machine with many processes may get no answer.

use std::fmt::{self, Write as _};
use std::fs::{self, File};
use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};

/// Socket tables longer than this are read in part.
const TABLE_BYTES: u64 = 4 * 1024 * 1024;
const PROCESSES: usize = 4096;
const DESCRIPTORS: usize = 65_536;
/// `TCP_LISTEN` in the state column.
const LISTEN: &str = "0A";

/// A process that listens on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortHolder {
    /// Its process id.
    pub pid: u32,
    /// Its name, printable ASCII only.
    pub name: String,
}

impl fmt::Display for PortHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.name, self.pid)
    }
}

/// The process that listens on this address, or on all addresses of this port.
pub(super) fn find(address: SocketAddr) -> Option<PortHolder> {
    let links: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(read)
        .flat_map(|table| listening(&table, address))
        .collect();
    if links.is_empty() {
        return None;
    }
    let mut left = DESCRIPTORS;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    for pid in pids.take(PROCESSES) {
        let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else { continue };
        for descriptor in descriptors.flatten() {
            left = left.checked_sub(1)?;
            let target = fs::read_link(descriptor.path()).unwrap_or_default();
            if links.iter().any(|link| target.as_os_str() == link.as_str()) {
                let name = read(&format!("/proc/{pid}/comm")).unwrap_or_default();
                return Some(PortHolder { pid, name: printable(&name) });
            }
        }
    }
    None
}

fn read(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(TABLE_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The `socket:[inode]` links of listening sockets that exclude this address.
fn listening(table: &str, address: SocketAddr) -> Vec<String> {
    let port = format!("{:04X}", address.port());
    let excludes = |line: &str| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        let (host, its_port) = columns.next()?.split_once(':')?;
        let state = columns.nth(1)?;
        let inode: u64 = columns.nth(5)?.parse().ok()?;
        let same = its_port == port && state == LISTEN && overlaps(host, address.ip());
        same.then(|| format!("socket:[{inode}]"))
    };
    table.lines().filter_map(excludes).collect()
}

/// Whether a table's hexadecimal host is, or contains, the address.
fn overlaps(host: &str, address: IpAddr) -> bool {
    let all = |host: &str| host.bytes().all(|byte| byte == b'0');
    let mapped = match address {
        IpAddr::V4(v4) => hexadecimal(&v4.to_ipv6_mapped().octets()),
        IpAddr::V6(_) => String::new(),
    };
    let own = match address {
        IpAddr::V4(v4) => hexadecimal(&v4.octets()),
        IpAddr::V6(v6) => hexadecimal(&v6.octets()),
    };
    address.is_unspecified() || all(host) || host == own || host == mapped
}

/// As the kernel prints addresses: words of four bytes in the machine's byte order.
fn hexadecimal(octets: &[u8]) -> String {
    let words = octets.chunks_exact(4).filter_map(|word| <[u8; 4]>::try_from(word).ok());
    words.fold(String::new(), |mut text, word| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{:08X}", u32::from_ne_bytes(word));
        text
    })
}

/// A process chooses its own name: nothing of it may reach a terminal unseen.
fn printable(name: &str) -> String {
    let visible = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    name.trim_end().chars().take(32).map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn row(local: &str, state: &str, inode: u64) -> String {
        format!(
            "   0: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000     0        0 {inode} 1 0 100 0\n"
        )
    }

    fn listening_on(rows: &[String], address: &str) -> Vec<String> {
        listening(&(HEAD.to_owned() + &rows.concat()), address.parse().unwrap())
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn only_listening_sockets_that_overlap_count() {
        let rows = [
            row("0100007F:24E3", "0A", 1),
            row("0100007F:24E3", "01", 2),
            row("0200007F:24E3", "0A", 3),
            row("00000000:24E3", "0A", 4),
            row("0100007F:24E4", "0A", 5),
            row("00000000000000000000000001000000:24E3", "0A", 6),
            row("0000000000000000FFFF00000100007F:24E3", "0A", 7),
        ];
        let links = |inodes: &[u64]| -> Vec<String> {
            inodes.iter().map(|inode| format!("socket:[{inode}]")).collect()
        };
        assert_eq!(listening_on(&rows, "127.0.0.1:9443"), links(&[1, 4, 7]));
        assert_eq!(listening_on(&rows, "[::1]:9443"), links(&[4, 6]));
        assert_eq!(listening_on(&rows, "0.0.0.0:9443"), links(&[1, 3, 4, 6, 7]));
    }

    #[test]
    fn a_broken_table_names_nobody() {
        for table in ["", "garbage\n", ":::\n a b c\n", "0: 0100007F:24E3 x 0A\n"] {
            assert!(listening(table, "127.0.0.1:9443".parse().unwrap()).is_empty());
        }
    }

    #[test]
    fn a_name_cannot_carry_control_characters() {
        assert_eq!(printable("no\u{1b}[31mde\u{202e}\n"), "no?[31mde?");
    }
}
