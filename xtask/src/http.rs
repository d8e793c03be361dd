//! HTTP/1.1 to this machine over one connection, as light as it gets: the load generator shares two cores with the server.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::Res;

pub struct Connection {
    stream: BufReader<TcpStream>,
}

pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Connection {
    pub fn open(port: u16, timeout: Duration) -> Res<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let open = || {
            let stream = TcpStream::connect_timeout(&address, timeout)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(timeout))?;
            stream.set_write_timeout(Some(timeout))?;
            Ok(stream)
        };
        let stream = open().map_err(|error: std::io::Error| format!("port {port} does not answer: {error}"))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a whole request and reads the whole answer; the connection stays open.
    pub fn send(&mut self, request: &[u8]) -> Res<Response> {
        self.stream
            .get_mut()
            .write_all(request)
            .and_then(|()| self.read())
            .map_err(|error| format!("the connection broke: {error}"))
    }

    fn read(&mut self) -> std::io::Result<Response> {
        let status = status_of(&self.line()?).ok_or_else(|| bad("no status line"))?;
        let (mut length, mut chunked) = (None, false);
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse::<usize>().ok(),
                "transfer-encoding" => chunked = value.contains("chunked"),
                _ => {}
            }
        }
        let mut body = Vec::new();
        if chunked {
            while let size @ 1.. = usize::from_str_radix(self.line()?.trim(), 16).map_err(|_| bad("no chunk size"))? {
                self.read_exactly(size, &mut body)?;
                self.line()?;
            }
            self.line()?;
        } else if status != 204 && status != 304 {
            self.read_exactly(length.ok_or_else(|| bad("no length"))?, &mut body)?;
        }
        Ok(Response { status, body })
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(bad("closed"));
        }
        Ok(line.trim_end().to_owned())
    }

    fn read_exactly(&mut self, count: usize, into: &mut Vec<u8>) -> std::io::Result<()> {
        let read = (&mut self.stream).take(count as u64).read_to_end(into)?;
        if read == count { Ok(()) } else { Err(bad("closed")) }
    }
}

/// One request on a connection of its own.
pub fn get(port: u16, path: &str, timeout: Duration) -> Res<Response> {
    Connection::open(port, timeout)?.send(&request("GET", port, path, &[], b""))
}

/// The bytes of a request.
pub fn request(method: &str, port: u16, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    if method != "GET" {
        bytes.extend(format!("content-length: {}\r\n", body.len()).bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

fn status_of(line: &str) -> Option<u16> {
    line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

fn bad(what: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::{io::Write, net::TcpListener, thread, time::Duration};

    use super::Connection;

    #[test]
    fn answers_with_a_length_in_chunks_and_without_a_body_are_read_on_one_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream
                .write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
                )
                .unwrap();
        });
        let mut connection = Connection::open(port, Duration::from_secs(5)).unwrap();
        let mut next = || {
            let answer = connection.send(b"").unwrap();
            (answer.status, String::from_utf8(answer.body).unwrap())
        };
        assert_eq!(next(), (200, "hi".to_owned()));
        assert_eq!(next(), (404, "abcd".to_owned()));
        assert_eq!(next(), (204, String::new()));
        assert!(connection.send(b"").is_err());
    }
}
