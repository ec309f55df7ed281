//! A network disk whose server is gone, somewhere on the machine.

use crate::namespace::by_way_of_a_namespace;

use super::customers::client;
use super::process::Shop;

#[tokio::test]
async fn a_shop_opens_beside_a_mount_that_never_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    // Whoever holds the third descriptor would have to answer. Nobody does.
    let options = "fd=3,rootmode=40000,user_id=0,group_id=0";
    let mount = format!("exec 3<>/dev/fuse && mount -i -t fuse -o {options} hung {path} && exec \"$@\"");
    let Some(by_way_of) = by_way_of_a_namespace(&mount, "a mount that never answers") else { return };
    let shop = Shop::start(&[("DATABASE_URL", "sqlite::memory:")], &by_way_of);
    let page = client().get(shop.url("/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("system_disk_free_bytes"), "{page}");
}
