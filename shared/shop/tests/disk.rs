//! Which disk the shop works on.

#[test]
fn the_shop_works_on_a_disk() {
    let disk = shop::working_disk().unwrap();
    assert!(disk.total_space() >= disk.available_space());
}
