-- The role of the exporters. PostgreSQL's image runs this when the volume is new.
\getenv password MONITOR_PASSWORD
CREATE ROLE monitor LOGIN PASSWORD :'password';
GRANT pg_monitor TO monitor;
