//! The ports of the course: free, or taken, and by what.

use super::finding::Finding;
use crate::course::{self, Course};
use crate::machine::ports;

/// A port, and who is at home there.
struct Port {
    number: u16,
    name: &'static str,
    needed_for: &'static str,
    /// What else to do than to stop what is there.
    or: &'static str,
}

const LEAVE_IT: &str = "leave it, if it is the one that you want";

const PORTS: [Port; 8] = [
    Port {
        number: 8000,
        name: "port 8000",
        needed_for: "the shop, in every lesson",
        or: "leave it: the shop takes the next port that is free",
    },
    Port {
        number: 9187,
        name: "port 9187",
        needed_for: "the exporter, in lesson 05",
        or: "leave it: the exporter takes the next port that is free",
    },
    Port { number: 5432, name: "port 5432", needed_for: "PostgreSQL, in lesson 05", or: LEAVE_IT },
    Port { number: 9091, name: "port 9091", needed_for: "the Pushgateway, in lesson 06", or: LEAVE_IT },
    Port { number: 9090, name: "port 9090", needed_for: "Prometheus", or: LEAVE_IT },
    Port { number: 9093, name: "port 9093", needed_for: "Alertmanager", or: LEAVE_IT },
    Port { number: 3000, name: "port 3000", needed_for: "Grafana", or: LEAVE_IT },
    Port { number: 9100, name: "port 9100", needed_for: "the node exporter", or: LEAVE_IT },
];

pub(super) fn findings(course: &Course) -> Vec<Finding> {
    PORTS.iter().map(|port| port.finding(course)).collect()
}

impl Port {
    fn finding(&self, course: &Course) -> Finding {
        let finding = |found: String| Finding::good(self.name, self.needed_for, found);
        if ports::is_free(self.number) {
            return finding("free".into());
        }
        finding(format!("taken by {}", course::ports::owner(course, self.number)))
            .doubtful(format!("Stop that program, or {}.", self.or))
    }
}
