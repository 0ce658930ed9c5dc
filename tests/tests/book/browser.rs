//! Pages in a headless browser that are watched for errors.

use std::cell::RefCell;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tests::until;

use super::PATIENCE;
use super::chromium::Chromium;

/// A page in a browser of its own.
pub struct Page {
    chromium: RefCell<Chromium>,
    session: String,
    base: String,
}

impl Page {
    /// A page of this size that may fetch what is below `base`.
    pub fn open(base: &str, width: u32, height: u32) -> Self {
        let mut chromium = Chromium::start();
        let target = chromium.call(
            None,
            "Target.createTarget",
            &json!({ "url": "about:blank" }),
        );
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = chromium.call(None, "Target.attachToTarget", &attach);
        let session = session["sessionId"].as_str().expect("a session").to_owned();
        let chromium = RefCell::new(chromium);
        let page = Self { chromium, session, base: base.to_owned() };
        for domain in ["Log", "Runtime", "Network", "Page"] {
            page.call(&format!("{domain}.enable"), &json!({}));
        }
        page.resize(width, height);
        page.prefer("light");
        page
    }

    fn call(&self, method: &str, params: &Value) -> Value {
        self.chromium.borrow_mut().call(Some(&self.session), method, params)
    }

    pub fn resize(&self, width: u32, height: u32) {
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Sets the colour scheme that the reader's system prefers: `light` or `dark`.
    fn prefer(&self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        self.call("Emulation.setEmulatedMedia", &json!({ "features": [feature] }));
    }

    /// Shows the page as a printer would, on paper of the window's width.
    pub fn print(&self) {
        self.call("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    }

    /// Goes to a page of the book and waits until all of it is there.
    pub fn go(&self, path: &str) {
        let url = format!("{}{path}", self.base);
        let gone = self.call("Page.navigate", &json!({ "url": url }));
        assert!(gone["errorText"].is_null(), "{url}: {gone}");
        until("the page is there", PATIENCE, || {
            self.eval::<bool>(&format!(
                "location.href === {} && document.readyState === 'complete'",
                json!(url)
            ))
        });
        until("its fonts are there", PATIENCE, || {
            self.eval::<bool>("document.fonts.status === 'loaded'")
        });
    }

    /// The value of an expression.
    pub fn eval<T: DeserializeOwned>(&self, expression: &str) -> T {
        let expression = format!("JSON.stringify({expression})");
        let result =
            self.call("Runtime.evaluate", &json!({ "expression": expression }));
        let value = result["result"]["value"].as_str();
        let value = value.unwrap_or_else(|| panic!("{expression}: {result}"));
        serde_json::from_str(value)
            .unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// The value of an expression for each element `it` of a selector.
    pub fn all<T: DeserializeOwned>(&self, selector: &str, value: &str) -> Vec<T> {
        let selector = json!(selector);
        self.eval(&format!(
            "[...document.querySelectorAll({selector})].map(it => {value})"
        ))
    }

    /// Presses a key that bears a name, or a character.
    pub fn press(&self, key: &str) {
        let code = match key {
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            _ => 0,
        };
        let mut event =
            json!({ "type": "keyDown", "key": key, "windowsVirtualKeyCode": code });
        if key.chars().count() == 1 {
            event["text"] = key.into();
        }
        self.call("Input.dispatchKeyEvent", &event);
        event["type"] = "keyUp".into();
        self.call("Input.dispatchKeyEvent", &event);
    }

    /// Types key by key; a character without a key comes as an input method sends it.
    pub fn enter(&self, text: &str) {
        for character in text.chars().map(String::from) {
            if character.is_ascii() {
                self.press(&character);
            } else {
                self.call("Input.insertText", &json!({ "text": character }));
            }
        }
    }

    /// Clicks into the middle of an element once it is visible.
    pub fn click(&self, selector: &str) {
        let (x, y) = self.middle(selector);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({
                "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", &event);
        }
    }

    /// Touches the middle of an element once it is visible.
    pub fn touch(&self, selector: &str) {
        self.call("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true }));
        let (x, y) = self.middle(selector);
        for (kind, points) in
            [("touchStart", json!([{ "x": x, "y": y }])), ("touchEnd", json!([]))]
        {
            let event = json!({ "type": kind, "touchPoints": points });
            self.call("Input.dispatchTouchEvent", &event);
        }
    }

    /// The middle of an element once it is visible, scrolled into view.
    fn middle(&self, selector: &str) -> (f64, f64) {
        let element = format!("document.querySelector({})", json!(selector));
        until(selector, PATIENCE, || {
            self.eval::<bool>(&format!("{element}?.checkVisibility() ?? false"))
        });
        self.eval(&format!(
            "(it => {{
                it.scrollIntoViewIfNeeded();
                const {{ x, y, width, height }} = it.getBoundingClientRect();
                return [x + width / 2, y + height / 2];
            }})({element})"
        ))
    }

    /// The errors since the last call.
    pub fn errors(&self) -> Vec<String> {
        // An answer is behind all events before it.
        self.call("Runtime.evaluate", &json!({ "expression": "0" }));
        let events = std::mem::take(&mut self.chromium.borrow_mut().events);
        events.iter().filter_map(|event| error(event, &self.base)).collect()
    }
}

/// The error that an event reports, if it reports one.
fn error(event: &Value, base: &str) -> Option<String> {
    let params = &event["params"];
    match event["method"].as_str()? {
        "Log.entryAdded" => {
            let entry = &params["entry"];
            (entry["level"] == "error")
                .then(|| format!("{} ({})", entry["text"], entry["url"]))
        }
        "Runtime.exceptionThrown" => {
            Some(format!("exception: {}", params["exceptionDetails"]["exception"]))
        }
        "Runtime.consoleAPICalled" => (params["type"] == "error")
            .then(|| format!("console.error: {}", params["args"])),
        "Network.requestWillBeSent" => {
            let url = params["request"]["url"].as_str()?;
            let inside = url.starts_with(base) || url.starts_with("data:");
            (!inside).then(|| format!("a request leaves the book: {url}"))
        }
        // The way to the next page cancels what is still under way.
        "Network.loadingFailed" => (params["canceled"] != true)
            .then(|| format!("a request failed: {}", params["errorText"])),
        "Network.responseReceived" => {
            let response = &params["response"];
            (response["status"].as_u64()? >= 400)
                .then(|| format!("{} answers {}", response["url"], response["status"]))
        }
        _ => None,
    }
}
