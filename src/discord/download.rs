//! Files that hang on messages, fetched from where Discord keeps them and from nowhere else.

use std::time::Duration;

use reqwest::Url;

use super::rest::Rest;
use crate::{
    clients::send,
    error::{Failure, Service, ServiceError},
};

const TIMEOUT: Duration = Duration::from_secs(10);
/// Source: API reference, "CDN": attachments are served from these.
const HOSTS: [&str; 2] = ["cdn.discordapp.com", "media.discordapp.net"];

impl Rest {
    /// A file's bytes. An address that is not Discord's is refused without being called.
    pub async fn download(&self, url: &str) -> Result<Vec<u8>, ServiceError> {
        let operation = "GET attachment";
        let refused = |status: u16, message: &str| {
            let kind = Failure::Refused { status, code: String::new(), message: message.to_owned() };
            ServiceError::new(Service::Discord, operation, kind)
        };
        let url = Url::parse(url).ok().filter(|url| self.is_discords(url));
        let url = url.ok_or_else(|| refused(400, "not an address of Discord's"))?;
        let answer = send(self.http.get(url), TIMEOUT, Service::Discord, operation).await?;
        match answer.status.is_success() {
            true => Ok(answer.body),
            false => Err(refused(answer.status.as_u16(), "the file cannot be read")),
        }
    }

    /// Its own hosts, or the one that stands in for all of Discord.
    fn is_discords(&self, url: &Url) -> bool {
        let official = url.scheme() == "https" && url.host_str().is_some_and(|host| HOSTS.contains(&host));
        official || Url::parse(&self.api_url).is_ok_and(|api| api.origin() == url.origin())
    }
}
