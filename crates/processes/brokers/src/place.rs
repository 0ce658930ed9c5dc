//! Where a broker is: the parts of its URL, and errors that name it without its
//! credentials.

use url::Url;

use crate::broker::MAX_ITEM;
use crate::error::Error;

/// A URL with a host.
#[derive(Debug, Clone)]
pub struct Place(Url);

impl Place {
    /// # Errors
    /// [`Error::Url`].
    pub fn parse(url: &str) -> Result<Self, Error> {
        let wrong = |reason: String| Error::Url { url: without_password(url), reason };
        let parsed = Url::parse(url).map_err(|error| wrong(error.to_string()))?;
        if parsed.host_str().is_none_or(str::is_empty) {
            return Err(wrong("it names no host".to_owned()));
        }
        Ok(Self(parsed))
    }

    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// The URL with another scheme.
    pub fn with_scheme(&self, scheme: &str) -> String {
        format!("{scheme}{}", &self.0.as_str()[self.0.scheme().len()..])
    }

    /// The host, which is `[::1]` in a URL and `::1` elsewhere, and the port.
    pub fn address(&self, default_port: u16) -> (&str, u16) {
        let host = self.0.host_str().unwrap_or_default();
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        (bare, self.0.port().unwrap_or(default_port))
    }

    pub fn wrong(&self, reason: &str) -> Error {
        Error::Url { url: without_password(self.0.as_str()), reason: reason.to_owned() }
    }

    pub fn unreachable(&self, cause: &impl ToString) -> Error {
        Error::Unreachable { place: self.to_string(), cause: cause.to_string() }
    }

    pub fn login(&self, cause: &impl ToString) -> Error {
        Error::Login { place: self.to_string(), cause: cause.to_string() }
    }

    pub fn lost(&self, cause: &impl ToString) -> Error {
        Error::Lost { place: self.to_string(), cause: cause.to_string() }
    }

    pub fn refused(&self, cause: &impl ToString) -> Error {
        Error::Refused { place: self.to_string(), cause: cause.to_string() }
    }

    pub fn not_mine(&self) -> Error {
        Error::NotMine { place: self.to_string() }
    }

    pub fn other_type(&self, queue: &str, cause: &impl ToString) -> Error {
        Error::OtherType {
            place: self.to_string(),
            queue: queue.to_owned(),
            cause: cause.to_string(),
        }
    }

    /// # Errors
    /// [`Error::TooLarge`].
    pub fn check_size(&self, item: &[u8]) -> Result<(), Error> {
        if item.len() > MAX_ITEM {
            let cause = format!("at most {MAX_ITEM} are allowed");
            return Err(self.too_large(item.len(), &cause));
        }
        Ok(())
    }

    pub fn too_large(&self, bytes: usize, cause: &impl ToString) -> Error {
        Error::TooLarge { place: self.to_string(), bytes, cause: cause.to_string() }
    }
}

/// The scheme, the host and the port.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.0.host_str().unwrap_or_default())?;
        self.0.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// The text, with all between `://` and the last `@` left out.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_shows_no_credentials() {
        let place = Place::parse("redis://me:secret@[::1]:6380/0").unwrap();
        assert_eq!(place.to_string(), "redis://[::1]:6380");
        assert_eq!(place.address(1), ("::1", 6380));
        assert_eq!(place.with_scheme("amqp"), "amqp://me:secret@[::1]:6380/0");
        let wrong = place.wrong("no").to_string();
        assert!(!wrong.contains("secret"), "{wrong}");
    }

    #[test]
    fn a_text_that_is_no_url_is_named() {
        for (bad, reason) in [
            ("apples", "relative URL without a base"),
            ("redis:///0", "it names no host"),
            ("redis://a:b@c:port", "invalid port number"),
        ] {
            let error = Place::parse(bad).unwrap_err().to_string();
            assert!(error.ends_with(reason), "{error}");
        }
    }
}
