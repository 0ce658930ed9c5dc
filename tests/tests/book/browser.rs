//! A headless Chromium, and pages in it that are watched for errors.

use std::ffi::OsStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use headless_chrome::browser::default_executable;
use headless_chrome::protocol::cdp::Emulation::{
    MediaFeature, SetDeviceMetricsOverride, SetEmulatedMedia,
};
use headless_chrome::protocol::cdp::Log::LogEntryLevel;
use headless_chrome::protocol::cdp::Network;
use headless_chrome::protocol::cdp::Runtime::ConsoleAPICalledEventTypeOption;
use headless_chrome::protocol::cdp::types::Event;
use headless_chrome::{LaunchOptions, Tab};
use serde::de::DeserializeOwned;
use tests::until;

/// How long a page may take for anything, on a machine that has other things to do.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// What Chromium must not do by itself: it shows pages of the loopback, and nothing
/// else.
const ARGS: [&str; 3] =
    ["--disable-quic", "--disable-component-update", "--hide-scrollbars"];

pub struct Browser(headless_chrome::Browser);

/// A page, without anything that others have stored.
pub struct Page {
    tab: Arc<Tab>,
    base: String,
    errors: Arc<Mutex<Vec<String>>>,
}

impl Browser {
    /// Whether there is one on this machine.
    pub fn is_there() -> bool {
        default_executable().is_ok()
    }

    pub fn start() -> Self {
        let options = LaunchOptions {
            // The sandbox needs rights that a container may not have.
            sandbox: false,
            args: ARGS.iter().map(OsStr::new).collect(),
            path: default_executable().ok(),
            idle_browser_timeout: 10 * PATIENCE,
            ..LaunchOptions::default()
        };
        Self(headless_chrome::Browser::new(options).expect("Chromium starts"))
    }

    /// A page of this size that may fetch what is below `base`.
    pub fn page(&self, base: &str, width: u32, height: u32) -> Page {
        let context = self.0.new_context().expect("a context");
        let tab = context.new_tab().expect("a tab");
        tab.set_default_timeout(PATIENCE);
        tab.enable_log().expect("its log").enable_runtime().expect("its console");
        tab.call_method(Network::Enable {
            max_total_buffer_size: None,
            max_resource_buffer_size: None,
            max_post_data_size: None,
            report_direct_socket_traffic: None,
            enable_durable_messages: None,
        })
        .expect("its requests");
        let page = Page { tab, base: base.to_owned(), errors: Arc::default() };
        let (errors, base) = (Arc::clone(&page.errors), base.to_owned());
        let watch = move |event: &Event| {
            if let Some(error) = error(event, &base) {
                errors.lock().expect("nobody panics with it").push(error);
            }
        };
        page.tab.add_event_listener(Arc::new(watch)).expect("its events");
        page.resize(width, height);
        page.prefer("light");
        page
    }
}

/// What an event tells of something that went wrong.
fn error(event: &Event, base: &str) -> Option<String> {
    match event {
        Event::LogEntryAdded(event) => {
            let entry = &event.params.entry;
            matches!(entry.level, LogEntryLevel::Error)
                .then(|| format!("{} ({:?})", entry.text, entry.url))
        }
        Event::RuntimeExceptionThrown(event) => {
            Some(format!("exception: {:?}", event.params.exception_details.exception))
        }
        Event::RuntimeConsoleAPICalled(event) => {
            let is_error =
                matches!(event.params.Type, ConsoleAPICalledEventTypeOption::Error);
            is_error.then(|| format!("console.error: {:?}", event.params.args))
        }
        Event::NetworkRequestWillBeSent(event) => {
            let url = &event.params.request.url;
            let inside = url.starts_with(base) || url.starts_with("data:");
            (!inside).then(|| format!("a request leaves the book: {url}"))
        }
        Event::NetworkLoadingFailed(event) => {
            Some(format!("a request failed: {}", event.params.error_text))
        }
        Event::NetworkResponseReceived(event) => {
            let response = &event.params.response;
            (response.status >= 400)
                .then(|| format!("{} answers {}", response.url, response.status))
        }
        _ => None,
    }
}

impl Page {
    pub fn resize(&self, width: u32, height: u32) {
        let metrics = SetDeviceMetricsOverride {
            width,
            height,
            device_scale_factor: 1.0,
            mobile: false,
            scale: None,
            screen_width: None,
            screen_height: None,
            position_x: None,
            position_y: None,
            dont_set_visible_size: None,
            screen_orientation: None,
            viewport: None,
            display_feature: None,
            device_posture: None,
        };
        self.tab.call_method(metrics).expect("another size");
    }

    /// What the reader has told his system to prefer: `light` or `dark`.
    fn prefer(&self, scheme: &str) {
        let feature = MediaFeature {
            name: "prefers-color-scheme".to_owned(),
            value: scheme.to_owned(),
        };
        let media = SetEmulatedMedia { media: None, features: Some(vec![feature]) };
        self.tab.call_method(media).expect("a colour scheme");
    }

    /// Goes to a page of the book and waits until all of it is there.
    pub fn go(&self, path: &str) {
        let url = format!("{}{path}", self.base);
        self.tab
            .navigate_to(&url)
            .and_then(Tab::wait_until_navigated)
            .unwrap_or_else(|error| panic!("{url}: {error}"));
        until("the page is there", PATIENCE, || {
            self.eval::<bool>("document.readyState === 'complete'")
        });
        until("its fonts are there", PATIENCE, || {
            self.eval::<bool>("document.fonts.status === 'loaded'")
        });
    }

    /// The value of an expression.
    pub fn eval<T: DeserializeOwned>(&self, expression: &str) -> T {
        let object = self
            .tab
            .evaluate(&format!("JSON.stringify({expression})"), false)
            .expect("Chromium answers");
        let value = object.value.as_ref().and_then(|value| value.as_str());
        let value = value.unwrap_or_else(|| panic!("{expression}: {object:?}"));
        serde_json::from_str(value)
            .unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    pub fn press(&self, key: &str) {
        self.tab.press_key(key).expect("a key");
    }

    /// Types key by key; what has no key comes as an input method sends it.
    pub fn enter(&self, text: &str) {
        self.tab.type_str(text).expect("keys");
    }

    pub fn click(&self, selector: &str) {
        self.tab
            .wait_for_element(selector)
            .and_then(|element| element.click().map(drop))
            .expect(selector);
    }

    /// What went wrong since this was last asked.
    pub fn errors(&self) -> Vec<String> {
        std::mem::take(&mut *self.errors.lock().expect("nobody panics with it"))
    }
}
