//! Labels: what bears one is found, whatever happened to it before; nothing else is.

use super::*;

const NONE: [u8; 0] = [];
/// Another kind that bears labels.
const OTHER: Kind = Kind::Session;

fn content(value: u8, lab: &Lab, labels: &[&str]) -> Content {
    let labels = labels.iter().map(|name| key(name)).collect();
    Content::new(vec![value], lab.later(5)).labelled(labels)
}

/// The values of all that a label leads to, in the order of the keys.
async fn labelled(lab: &Lab, label: &str) -> Vec<u8> {
    let page = lab.store.scan_label(KIND, key(label), None, 1000).await.unwrap();
    assert!(page.records.iter().map(|(key, _)| key).is_sorted());
    assert!(page.next.is_none());
    page.records.into_iter().map(|(_, record)| record.value[0]).collect()
}

#[tokio::test]
async fn a_label_leads_to_its_records_and_to_no_others() {
    for lab in engines().await {
        let store = &lab.store;
        store.put(KIND, key("1"), content(1, &lab, &["alice", "home"])).await.unwrap();
        store.put_new(KIND, key("2"), content(2, &lab, &["alice"])).await.unwrap();
        store.put(KIND, key("3"), content(3, &lab, &["bob"])).await.unwrap();
        store.put(KIND, key("4"), content(4, &lab, &[])).await.unwrap();
        store.put(OTHER, key("5"), content(5, &lab, &["alice"])).await.unwrap();
        let dead = Content { expires: lab.clock.now(), ..content(6, &lab, &["alice"]) };
        store.put(KIND, key("6"), dead).await.unwrap();
        let mut of_alice = labelled(&lab, "alice").await;
        of_alice.sort_unstable();
        assert_eq!(of_alice, [1, 2]);
        assert_eq!(labelled(&lab, "home").await, [1]);
        assert_eq!(labelled(&lab, "bob").await, [3]);
        assert_eq!(labelled(&lab, "nobody").await, NONE);
        let other = store.scan_label(OTHER, key("alice"), None, 10).await.unwrap();
        assert_eq!(other.records.len(), 1);
    }
}

#[tokio::test]
async fn labels_are_what_the_last_write_said() {
    for lab in engines().await {
        let (store, place) = (&lab.store, key("a"));
        store.put(KIND, place, content(1, &lab, &["old", "kept"])).await.unwrap();
        assert!(!store.put_new(KIND, place, content(2, &lab, &["lost"])).await.unwrap());
        assert_eq!(labelled(&lab, "lost").await, NONE);
        store.put(KIND, place, content(3, &lab, &["kept", "new"])).await.unwrap();
        assert_eq!(labelled(&lab, "old").await, NONE);
        assert_eq!((labelled(&lab, "kept").await, labelled(&lab, "new").await), (vec![3], vec![3]));
        let version = store.get(KIND, place).await.unwrap().unwrap().version;
        let stale = content(4, &lab, &["stale"]);
        assert!(!store.replace(KIND, place, version + 1, stale).await.unwrap());
        assert_eq!(
            (labelled(&lab, "kept").await, labelled(&lab, "stale").await),
            (vec![3], vec![])
        );
        assert!(store.replace(KIND, place, version, content(5, &lab, &["swapped"])).await.unwrap());
        assert_eq!(labelled(&lab, "kept").await, NONE);
        assert_eq!(labelled(&lab, "swapped").await, [5]);
        let version = store.get(KIND, place).await.unwrap().unwrap().version;
        assert!(store.replace(KIND, place, version, content(6, &lab, &[])).await.unwrap());
        assert_eq!(labelled(&lab, "swapped").await, NONE);
    }
}

/// Taken, expired and swept, or expired and written over.
#[tokio::test]
async fn a_label_ends_with_its_record() {
    for lab in engines().await {
        let (store, place) = (&lab.store, key("a"));
        for way in 0..3 {
            store.put(KIND, place, content(1, &lab, &["alice"])).await.unwrap();
            assert_eq!(labelled(&lab, "alice").await, [1]);
            if way == 0 {
                store.take(KIND, place).await.unwrap().unwrap();
            } else {
                lab.clock.advance(Duration::from_secs(5));
            }
            assert_eq!(labelled(&lab, "alice").await, NONE);
            for _ in 0..(if way == 1 { 16 } else { 0 }) {
                store.sweep(100).await.unwrap();
            }
            // The same record without a label, after all of that.
            assert!(store.put_new(KIND, place, content(2, &lab, &[])).await.unwrap());
            assert_eq!(labelled(&lab, "alice").await, NONE);
            store.take(KIND, place).await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_label_is_walked_page_by_page() {
    for lab in engines().await {
        for n in 0..100 {
            let label = if n % 2 == 0 { "even" } else { "odd" };
            lab.store.put(KIND, key(&n.to_string()), content(n, &lab, &[label])).await.unwrap();
        }
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = lab.store.scan_label(KIND, key("even"), after, 7).await.unwrap();
            assert!(page.records.len() <= 7);
            seen.extend(page.records);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 50);
        assert!(seen.iter().all(|(_, record)| record.value[0] % 2 == 0));
        assert!(seen.is_sorted_by_key(|(key, _)| *key));
    }
}

/// Whoever wrote last, its label alone leads to the record.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_label_one_record_the_last_one_does() {
    for lab in engines().await {
        let lab = Arc::new(lab);
        let writers = (0..RACERS).map(|n| {
            let lab = Arc::clone(&lab);
            async move {
                let (place, new) = (key("a"), content(n, &lab, &[&n.to_string()]));
                match n % 4 {
                    0 => drop(lab.store.take(KIND, place).await.unwrap()),
                    1 => lab.store.put(KIND, place, new).await.unwrap(),
                    2 => drop(lab.store.put_new(KIND, place, new).await.unwrap()),
                    _ => {
                        let found = lab.store.get(KIND, place).await.unwrap();
                        let version = found.map_or(0, |found| found.version);
                        lab.store.replace(KIND, place, version, new).await.unwrap();
                    }
                }
                true
            }
        });
        winners(writers).await;
        let left = lab.store.get(KIND, key("a")).await.unwrap().map(|record| record.value[0]);
        for n in 0..RACERS {
            let found = labelled(&lab, &n.to_string()).await;
            assert_eq!(found, left.filter(|left| *left == n).into_iter().collect::<Vec<_>>());
        }
    }
}
