//! The person's browser.

/// Opens an address in it: the program that `BROWSER` names, or the desktop's own. False when there
/// is none. The address is one of the program's arguments, which others can read, so that it must
/// hold no secret.
pub(crate) fn open(url: &str) -> bool {
    let mut options = webbrowser::BrowserOptions::new();
    // What it prints would stand between the command's own lines.
    options.with_suppress_output(true);
    webbrowser::open_browser_with_options(webbrowser::Browser::Default, url, &options).is_ok()
}
