/// A vector in pages of `PAGE` places.
///
/// Growing copies no more than a page, and since all but the last are of one size, what one vector
/// gives back serves the next: memory does not fall apart into holes.
#[derive(Debug)]
pub(crate) struct Paged<T, const PAGE: usize = 4096> {
    pages: Vec<Vec<T>>,
}

impl<T, const PAGE: usize> Default for Paged<T, PAGE> {
    fn default() -> Self {
        Self { pages: Vec::new() }
    }
}

impl<T, const PAGE: usize> Paged<T, PAGE> {
    pub(crate) fn len(&self) -> usize {
        match self.pages.as_slice() {
            [] => 0,
            [full @ .., last] => full.len() * PAGE + last.len(),
        }
    }

    pub(crate) fn push(&mut self, value: T) {
        // The last page grows in steps: with few in each of many vectors this is what counts.
        let is_sole = self.pages.len() == 1;
        match self.pages.last_mut() {
            Some(last) if last.len() < PAGE => {
                if last.len() == last.capacity() {
                    let step = if is_sole { last.len() } else { PAGE } / 8;
                    last.reserve_exact(step.max(4).min(PAGE - last.len()));
                }
                last.push(value);
            }
            last => {
                let mut page = Vec::with_capacity(if last.is_some() { PAGE / 8 } else { 4 });
                page.push(value);
                if self.pages.len() == self.pages.capacity() {
                    self.pages.reserve_exact(self.pages.len() / 8 + 1);
                }
                self.pages.push(page);
            }
        }
    }

    /// Puts the same value in behind the others until there are so many; takes no more room.
    pub(crate) fn extend_to(&mut self, length: usize, value: T)
    where
        T: Copy,
    {
        let mut missing = length.saturating_sub(self.len());
        while missing > 0 {
            if self.pages.last().is_none_or(|last| last.len() == PAGE) {
                self.pages.reserve_exact(1);
                self.pages.push(Vec::new());
            }
            if let Some(last) = self.pages.last_mut() {
                let more = missing.min(PAGE - last.len());
                last.reserve_exact(more);
                last.resize(last.len() + more, value);
                missing -= more;
            }
        }
    }

    /// Takes places off the end.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.pages.truncate(length.div_ceil(PAGE));
        if let Some(page) = self.pages.last_mut() {
            page.truncate(length - (length - 1) / PAGE * PAGE);
        }
        if let [only] = self.pages.as_mut_slice() {
            only.shrink_to(only.len() + only.len() / 8);
        }
    }

    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.pages.get(at / PAGE)?.get(at % PAGE)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.pages.get_mut(at / PAGE)?.get_mut(at % PAGE)
    }

    /// So many places from one on, which are all there and in one page; else none.
    pub(crate) fn slice(&self, at: usize, length: usize) -> &[T] {
        let page = self.pages.get(at / PAGE);
        let slice = page.and_then(|page| page.get(at % PAGE..at % PAGE + length));
        slice.unwrap_or_default()
    }

    /// As [`slice`](Self::slice).
    pub(crate) fn slice_mut(&mut self, at: usize, length: usize) -> &mut [T] {
        let page = self.pages.get_mut(at / PAGE);
        let slice = page.and_then(|page| page.get_mut(at % PAGE..at % PAGE + length));
        slice.unwrap_or_default()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.pages.capacity() * size_of::<Vec<T>>()
            + self.pages.iter().map(Vec::capacity).sum::<usize>() * size_of::<T>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_row_of_places() {
        let mut row = Paged::<usize, 8>::default();
        (0..50).for_each(|value| row.push(value));
        assert_eq!(row.len(), 50);
        assert!((0..50).all(|at| row.get(at) == Some(&at)));
        assert_eq!(row.get(50), None);
        assert_eq!(row.slice(16, 8), [16, 17, 18, 19, 20, 21, 22, 23]);
        assert!(row.slice(17, 8).is_empty(), "two pages");
        for length in [41, 40, 39, 8, 1, 0] {
            row.truncate(length);
            assert_eq!((row.len(), row.get(length)), (length, None));
        }
        row.push(7);
        assert_eq!((row.len(), row.get(0)), (1, Some(&7)));
        row.extend_to(21, 3);
        row.extend_to(9, 4);
        row.push(5);
        assert_eq!(
            (row.len(), row.get(0), row.get(21)),
            (22, Some(&7), Some(&5))
        );
        assert!((1..21).all(|at| row.get(at) == Some(&3)));
    }
}
