//! How programs are installed on this system.

/// What installs programs here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// Debian, Ubuntu and their kin.
    Apt,
    /// Fedora, Red Hat and their kin.
    Dnf,
    /// macOS.
    Brew,
    /// Windows.
    Winget,
    /// None of these.
    Other,
}

/// Under which names a program is to be had: nothing where a system does not have it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Package {
    pub(super) apt: Option<&'static str>,
    pub(super) dnf: Option<&'static str>,
    pub(super) brew: Option<&'static str>,
    pub(super) winget: Option<&'static str>,
    /// The page of its makers.
    pub(super) page: &'static str,
}

impl System {
    /// The one that this program runs on.
    pub(super) fn here() -> Self {
        if cfg!(target_os = "macos") {
            return Self::Brew;
        }
        if cfg!(windows) {
            return Self::Winget;
        }
        let mut names = sysinfo::System::distribution_id_like();
        names.push(sysinfo::System::distribution_id());
        let is = |family: &[&str]| names.iter().any(|name| family.contains(&name.as_str()));
        if is(&["debian", "ubuntu"]) {
            Self::Apt
        } else if is(&["fedora", "rhel", "centos"]) {
            Self::Dnf
        } else {
            Self::Other
        }
    }

    /// How to get a program here.
    pub(super) fn how_to_get(self, package: &Package) -> String {
        let command = match self {
            Self::Apt => package.apt.map(|name| format!("sudo apt install {name}")),
            Self::Dnf => package.dnf.map(|name| format!("sudo dnf install {name}")),
            Self::Brew => package.brew.map(|name| format!("brew install {name}")),
            Self::Winget => package.winget.map(|name| format!("winget install {name}")),
            Self::Other => None,
        };
        match command {
            Some(command) => format!("get it: {command}"),
            None => format!("get it: {}", package.page),
        }
    }
}
