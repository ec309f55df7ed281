//! Metrics that a language's runtime or a client library brings along. Who uses the library did not choose their names.

/// How they begin: Go, C#, Java, Node.js, Python, Ruby, PHP, Erlang, Rust's tokio, and what client libraries say of the
/// process and of their own page.
const PREFIXES: [&str; 24] = [
    "aspnetcore_",
    "dotnet_",
    "erlang_",
    "go_",
    "hikaricp_",
    "jetty_",
    "jvm_",
    "kestrel_",
    "microsoft_aspnetcore_",
    "net_conntrack_",
    "nodejs_",
    "php_",
    "process_",
    "prometheus_",
    "promhttp_",
    "prometheus_net_",
    "puma_",
    "python_",
    "ruby_",
    "starlette_",
    "system_net_",
    "system_runtime_",
    "tokio_",
    "tomcat_",
];

/// Whether a family of this name is one of them.
pub(super) fn has(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}
