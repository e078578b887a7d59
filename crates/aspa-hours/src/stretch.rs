//! Sets of seconds as lists of stretches `[start, end)`: sorted, apart from each other.

pub(crate) type Stretch = (i64, i64);

/// Sorts, and joins what overlaps or touches; stretches without length vanish.
pub(crate) fn union(mut stretches: Vec<Stretch>) -> Vec<Stretch> {
    if !stretches.is_sorted() {
        stretches.sort_unstable();
    }
    stretches.retain(|(start, end)| start < end);
    stretches.dedup_by(|next, last| {
        let joins = next.0 <= last.1;
        if joins {
            last.1 = last.1.max(next.1);
        }
        joins
    });
    stretches
}

/// What lies in both.
pub(crate) fn both(a: &[Stretch], b: &[Stretch]) -> Vec<Stretch> {
    let mut common = Vec::with_capacity(a.len().min(b.len()));
    let (mut n, mut m) = (0, 0);
    while let (Some(&x), Some(&y)) = (a.get(n), b.get(m)) {
        let (start, end) = (x.0.max(y.0), x.1.min(y.1));
        if start < end {
            common.push((start, end));
        }
        if x.1 <= y.1 {
            n += 1;
        } else {
            m += 1;
        }
    }
    common
}

/// `open` without the `holes`.
pub(crate) fn without(open: Vec<Stretch>, holes: &[Stretch]) -> Vec<Stretch> {
    if holes.is_empty() {
        return open;
    }
    let mut left = Vec::with_capacity(open.len() + holes.len());
    let mut first = 0;
    for (mut start, end) in open {
        while holes.get(first).is_some_and(|hole| hole.1 <= start) {
            first += 1;
        }
        for &(hole_start, hole_end) in holes[first..].iter().take_while(|hole| hole.0 < end) {
            if start < hole_start {
                left.push((start, hole_start));
            }
            start = start.max(hole_end);
        }
        if start < end {
            left.push((start, end));
        }
    }
    left
}

/// The first and the last instant of `stretch` outside the `holes`, as a stretch.
pub(crate) fn trimmed(stretch: Stretch, holes: &[Stretch]) -> Option<Stretch> {
    let (mut start, mut end) = stretch;
    let first = holes.partition_point(|hole| hole.1 <= start);
    let last = first + holes[first..].partition_point(|hole| hole.0 < end);
    let met = &holes[first..last];
    if let Some(hole) = met.first().filter(|hole| hole.0 <= start) {
        start = hole.1;
    }
    if let Some(hole) = met.last().filter(|hole| hole.1 >= end) {
        end = hole.0;
    }
    (start < end).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every set of the seconds 0 to 7, as stretches.
    fn sets() -> impl Iterator<Item = (u32, Vec<Stretch>)> {
        (0..256_u32).map(|bits| {
            let seconds = (0..8_i64).filter(|n| bits >> n & 1 == 1);
            (bits, union(seconds.map(|n| (n, n + 1)).collect()))
        })
    }

    fn bits(stretches: &[Stretch]) -> u32 {
        assert!(
            stretches.iter().all(|s| s.0 < s.1) && stretches.windows(2).all(|w| w[0].1 < w[1].0)
        );
        (0..8_i64)
            .filter(|n| stretches.iter().any(|s| s.0 <= *n && *n < s.1))
            .map(|n| 1 << n)
            .sum()
    }

    #[test]
    fn operations_agree_with_sets_of_bits() {
        for (a, list_a) in sets() {
            assert_eq!(bits(&list_a), a);
            for (b, list_b) in sets() {
                assert_eq!(bits(&both(&list_a, &list_b)), a & b);
                assert_eq!(bits(&without(list_a.clone(), &list_b)), a & !b);
                let all = union([list_a.clone(), list_b.clone()].concat());
                assert_eq!(bits(&all), a | b);
            }
        }
    }

    #[test]
    fn a_trimmed_stretch_reaches_from_the_first_to_the_last_that_is_left() {
        for (holes, list) in sets() {
            for start in 0..8_i64 {
                for end in start + 1..=8 {
                    let left = (start..end).filter(|n| holes >> n & 1 == 0);
                    let hull = left.clone().min().zip(left.max().map(|n| n + 1));
                    assert_eq!(trimmed((start, end), &list), hull);
                }
            }
        }
    }
}
