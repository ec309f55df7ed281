//! Which disk the shop works on.

use sysinfo::Disks;

#[test]
fn the_shop_works_on_a_disk_wherever_there_is_one() {
    let disks = Disks::new_with_refreshed_list().unwrap();
    assert_eq!(shop::working_disk(&disks).is_none(), disks.iter().next().is_none());
}

#[test]
fn without_a_list_of_disks_there_is_none() {
    assert!(shop::working_disk(&Disks::new().unwrap()).is_none());
}
