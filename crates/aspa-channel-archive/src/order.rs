//! The order in which things of one moment are told.

/// For each message, how many others of the same moment it answers, one through the other.
///
/// `parent` names what a message answers where that is of the same moment, else none. Messages that
/// answer each other in a circle count as answering nothing, so the result does not depend on where
/// the walk begins. Linear.
pub(crate) fn depths(len: usize, parent: impl Fn(usize) -> Option<usize>) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    const ON_PATH: u32 = u32::MAX - 1;
    let mut depths = vec![UNSEEN; len];
    let mut path = Vec::new();
    for start in 0..len {
        let mut at = Some(start);
        while let Some(node) = at.filter(|&node| depths[node] == UNSEEN) {
            depths[node] = ON_PATH;
            path.push(node);
            at = parent(node);
        }
        if let Some(circle) = at.filter(|&node| depths[node] == ON_PATH) {
            while let Some(node) = path.pop() {
                depths[node] = 0;
                if node == circle {
                    break;
                }
            }
        }
        while let Some(node) = path.pop() {
            depths[node] = parent(node).map_or(0, |parent| depths[parent] + 1);
        }
    }
    depths
}

/// Sets of things that are joined two by two.
pub(crate) struct Sets(Vec<u32>);

impl Sets {
    /// Each of `len` things on its own.
    pub(crate) fn new(len: u32) -> Self {
        Self((0..len).collect())
    }

    /// The thing that stands for the set of `node`.
    pub(crate) fn find(&mut self, mut node: u32) -> u32 {
        while self.0[node as usize] != node {
            let above = self.0[self.0[node as usize] as usize];
            self.0[node as usize] = above;
            node = above;
        }
        node
    }

    /// Makes one set of two.
    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_what_is_answered_and_survives_circles() {
        // 0 <- 1 <- 2; 3 answers itself; 4 and 5 answer each other; 6 answers 5.
        let parents = [None, Some(0), Some(1), Some(3), Some(5), Some(4), Some(5)];
        assert_eq!(depths(7, |node| parents[node]), [0, 1, 2, 0, 0, 0, 1]);
        // The same, met from the other end: what answers comes first.
        let parents = [Some(1), Some(2), None, Some(2), Some(5), Some(4), Some(4)];
        assert_eq!(depths(7, |node| parents[node]), [2, 1, 0, 1, 0, 0, 1]);
    }

    #[test]
    fn joined_things_have_one_name() {
        let mut sets = Sets::new(5);
        sets.join(0, 1);
        sets.join(4, 1);
        sets.join(1, 0);
        let names: Vec<u32> = (0..5).map(|node| sets.find(node)).collect();
        assert_eq!(names, [0, 0, 2, 3, 0]);
    }
}
