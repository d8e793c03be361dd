//! A small Redis client that passes replies on as they are (RESP2), over connections it keeps.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Deeper than any command nests its reply.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Simple(Vec<u8>),
    Error(String),
    Integer(i64),
    /// None is nil.
    Bulk(Option<Vec<u8>>),
    Array(Option<Vec<Reply>>),
}

/// Appends a command to what will be sent.
pub(crate) fn encode(out: &mut Vec<u8>, command: &[impl AsRef<[u8]>]) {
    out.extend_from_slice(format!("*{}\r\n", command.len()).as_bytes());
    for argument in command {
        let argument = argument.as_ref();
        out.extend_from_slice(format!("${}\r\n", argument.len()).as_bytes());
        out.extend_from_slice(argument);
        out.extend_from_slice(b"\r\n");
    }
}

/// The first reply in `bytes` and its length; None if it has not arrived whole.
fn parse(bytes: &[u8], depth: usize) -> io::Result<Option<(Reply, usize)>> {
    let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") else {
        return Ok(None);
    };
    let (Some(kind), Some(line)) = (bytes.first(), bytes.get(1..end)) else {
        return Err(broken("an empty line"));
    };
    let after = end + 2;
    let number = || {
        let text = std::str::from_utf8(line).ok();
        text.and_then(|text| text.parse::<i64>().ok()).ok_or_else(|| broken("no number"))
    };
    Ok(Some(match kind {
        b'+' => (Reply::Simple(line.to_vec()), after),
        b'-' => (Reply::Error(String::from_utf8_lossy(line).into_owned()), after),
        b':' => (Reply::Integer(number()?), after),
        b'$' => match usize::try_from(number()?) {
            Err(_) => (Reply::Bulk(None), after),
            Ok(length) => match bytes.get(after..after + length + 2) {
                Some(_) => (Reply::Bulk(bytes.get(after..after + length).map(<[u8]>::to_vec)), after + length + 2),
                None => return Ok(None),
            },
        },
        b'*' if depth < MAX_DEPTH => match usize::try_from(number()?) {
            Err(_) => (Reply::Array(None), after),
            Ok(length) => {
                let (mut items, mut at) = (Vec::new(), after);
                for _ in 0..length {
                    match parse(bytes.get(at..).unwrap_or_default(), depth + 1)? {
                        Some((item, taken)) => {
                            items.push(item);
                            at += taken;
                        }
                        None => return Ok(None),
                    }
                }
                (Reply::Array(Some(items)), at)
            }
        },
        _ => return Err(broken("an unknown kind of reply")),
    }))
}

fn broken(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("Redis sent {why}"))
}

/// Connections to one Redis database. A request has one to itself, so that what it sends is never mixed with others'.
#[derive(Debug)]
pub(crate) struct Pool {
    address: String,
    database: u32,
    idle: Mutex<Vec<TcpStream>>,
}

impl Pool {
    /// `url` as `redis://host:port/number`.
    pub(crate) fn new(url: &str) -> io::Result<Self> {
        let bad = || io::Error::other(format!("not a Redis address: {url}"));
        let rest = url.strip_prefix("redis://").ok_or_else(bad)?;
        let (address, database) = rest.split_once('/').unwrap_or((rest, ""));
        let database = if database.is_empty() { "0" } else { database };
        Ok(Self { address: address.to_owned(), database: database.parse().map_err(|_| bad())?, idle: Mutex::default() })
    }

    /// Sends `commands`, which are `count` encoded ones, and reads as many replies.
    pub(crate) async fn send(&self, commands: &[u8], count: usize) -> io::Result<Vec<Reply>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut stream = match idle {
            Some(stream) => stream,
            None => self.connect().await?,
        };
        match exchange(&mut stream, commands, count).await {
            Ok(replies) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(stream);
                Ok(replies)
            }
            Err(error) => {
                // If Redis was restarted, every kept connection is dead.
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
                Err(error)
            }
        }
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        if self.database != 0 {
            let mut select = Vec::new();
            encode(&mut select, &["SELECT", &self.database.to_string()]);
            exchange(&mut stream, &select, 1).await?;
        }
        Ok(stream)
    }
}

async fn exchange(stream: &mut TcpStream, commands: &[u8], count: usize) -> io::Result<Vec<Reply>> {
    stream.write_all(commands).await?;
    let mut replies = Vec::with_capacity(count);
    let mut buffer = Vec::with_capacity(16 << 10);
    let mut at = 0;
    loop {
        while replies.len() < count
            && let Some((reply, taken)) = parse(buffer.get(at..).unwrap_or_default(), 0)?
        {
            replies.push(reply);
            at += taken;
        }
        if replies.len() == count {
            return Ok(replies);
        }
        // A large reply arrives in pieces; more room each time keeps the parsing again cheap.
        buffer.reserve(buffer.len().max(16 << 10));
        if stream.read_buf(&mut buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reply, encode, parse};

    #[test]
    fn a_reply_is_parsed_only_when_it_is_whole() {
        let bytes = b"*3\r\n$3\r\na\r\n\r\n:-7\r\n*1\r\n$-1\r\n+OK\r\n";
        let whole = bytes.len() - b"+OK\r\n".len();
        for end in 0..whole {
            assert_eq!(parse(&bytes[..end], 0).unwrap(), None, "after {end} bytes");
        }
        let expected = Reply::Array(Some(vec![
            Reply::Bulk(Some(b"a\r\n".to_vec())),
            Reply::Integer(-7),
            Reply::Array(Some(vec![Reply::Bulk(None)])),
        ]));
        assert_eq!(parse(bytes, 0).unwrap(), Some((expected, whole)));
        assert_eq!(parse(b"-ERR no\r\n", 0).unwrap(), Some((Reply::Error("ERR no".into()), 9)));
        assert!(parse(b"%1\r\n", 0).is_err());
    }

    #[test]
    fn any_byte_can_be_sent() {
        let mut out = Vec::new();
        encode(&mut out, &[&b"SET"[..], b"k", b"\0\xff\r\n"]);
        assert_eq!(out, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\0\xff\r\n\r\n");
    }
}
