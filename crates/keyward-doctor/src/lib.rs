//! What is missing or unsafe in a project that uses Keyward, on the device that runs it, or in the
//! page that it is: one logic for `keyward doctor`, `npx keyward doctor` and `keyward/doctor` in a
//! browser.
//!
//! It reads and writes nothing by itself. A shell walks the project's folder, asking [`enters`] and
//! [`wanted`] on the way, hands over what it has read as a [`Project`], and writes what
//! [`Report::repairs`] says.
//!
//! ```
//! use keyward_doctor::{Project, examine};
//!
//! let mut project = Project::default();
//! project.add("capacitor.config.json", r#"{ "server": { "androidScheme": "http" } }"#);
//! let report = examine(&project);
//! assert_eq!(report.findings[0].check, "insecure-scheme");
//! assert_eq!(report.findings[0].line, Some(1));
//! ```

mod checks;
mod configuration;
mod device;
mod finding;
mod page;
mod project;
mod repair;
mod report;
mod source;

pub use device::{Device, DeviceFile, Keyring, Role, examine_device};
pub use finding::{Certainty, Finding, Severity};
pub use page::{Page, examine_page};
pub use project::{MAX_FILE_LEN, MAX_FILES, Project, Unread, enters, wanted};
pub use repair::Repair;
pub use report::Report;

/// Looks at a project's files.
#[must_use]
pub fn examine(project: &Project) -> Report {
    let mut findings = Vec::new();
    for check in checks::ALL {
        check(project, &mut findings);
    }
    findings.sort_by(|a, b| (a.severity, &a.file, a.line).cmp(&(b.severity, &b.file, b.line)));
    Report { findings }
}
