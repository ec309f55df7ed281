//! The shop: no order and no item that it has acknowledged is lost, whatever happens to its disk, its database or its
//! customers.

mod customers;
mod far_database;
mod full_disk;
mod gauges;
mod hang_ups;
mod hostile;
mod hung_mount;
mod outages;
mod process;
