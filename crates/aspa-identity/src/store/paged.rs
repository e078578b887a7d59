/// A vector in pages of `PAGE` places.
///
/// Growing copies no more than a page, and since all but the last are of one size, what one vector
/// gives back serves the next: memory does not fall apart into holes.
#[derive(Debug)]
pub(crate) struct Paged<T, const PAGE: usize = 4096> {
    /// Not among the others, so that what is in a short vector is found in one step less.
    first: Vec<T>,
    rest: Vec<Vec<T>>,
}

impl<T, const PAGE: usize> Default for Paged<T, PAGE> {
    fn default() -> Self {
        Self {
            first: Vec::new(),
            rest: Vec::new(),
        }
    }
}

impl<T, const PAGE: usize> Paged<T, PAGE> {
    pub(crate) fn len(&self) -> usize {
        match self.rest.last() {
            None => self.first.len(),
            Some(last) => self.rest.len() * PAGE + last.len(),
        }
    }

    pub(crate) fn push(&mut self, value: T) {
        // The last page grows in steps: with few in each of many vectors this is what counts.
        let step = match self.rest.as_slice() {
            [] => self.first.len(),
            _ => PAGE,
        } / 8;
        let last = self.last();
        if last.len() < PAGE {
            if last.len() == last.capacity() {
                last.reserve_exact(step.max(4).min(PAGE - last.len()));
            }
            last.push(value);
            return;
        }
        let mut page = Vec::with_capacity(PAGE / 8);
        page.push(value);
        if self.rest.len() == self.rest.capacity() {
            self.rest.reserve_exact(self.rest.len() / 8 + 1);
        }
        self.rest.push(page);
    }

    /// Puts the same value in behind the others until there are so many; takes no more room.
    pub(crate) fn extend_to(&mut self, length: usize, value: T)
    where
        T: Copy,
    {
        let mut missing = length.saturating_sub(self.len());
        while missing > 0 {
            if self.last().len() == PAGE {
                self.rest.reserve_exact(1);
                self.rest.push(Vec::new());
            }
            let last = self.last();
            let more = missing.min(PAGE - last.len());
            last.reserve_exact(more);
            last.resize(last.len() + more, value);
            missing -= more;
        }
    }

    /// Takes places off the end.
    pub(crate) fn truncate(&mut self, length: usize) {
        let (pages, kept) = match length.checked_sub(1) {
            None => (0, 0),
            Some(last) => (last / PAGE, last % PAGE + 1),
        };
        self.rest.truncate(pages);
        if length < self.len() {
            self.last().truncate(kept);
        }
        if self.rest.is_empty() {
            self.first
                .shrink_to(self.first.len() + self.first.len() / 8);
        }
    }

    #[inline]
    pub(crate) fn get(&self, at: usize) -> Option<&T> {
        self.page(at)?.get(at % PAGE)
    }

    pub(crate) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        self.page_mut(at)?.get_mut(at % PAGE)
    }

    /// So many places from one on, which are all there and in one page; else none.
    pub(crate) fn slice(&self, at: usize, length: usize) -> &[T] {
        let page = self.page(at);
        let slice = page.and_then(|page| page.get(at % PAGE..at % PAGE + length));
        slice.unwrap_or_default()
    }

    /// As [`slice`](Self::slice).
    pub(crate) fn slice_mut(&mut self, at: usize, length: usize) -> &mut [T] {
        let page = self.page_mut(at);
        let slice = page.and_then(|page| page.get_mut(at % PAGE..at % PAGE + length));
        slice.unwrap_or_default()
    }

    pub(crate) fn bytes(&self) -> usize {
        let places = self.rest.iter().map(Vec::capacity).sum::<usize>() + self.first.capacity();
        self.rest.capacity() * size_of::<Vec<T>>() + places * size_of::<T>()
    }

    #[inline]
    fn page(&self, at: usize) -> Option<&Vec<T>> {
        match (at / PAGE).checked_sub(1) {
            None => Some(&self.first),
            Some(page) => self.rest.get(page),
        }
    }

    fn page_mut(&mut self, at: usize) -> Option<&mut Vec<T>> {
        match (at / PAGE).checked_sub(1) {
            None => Some(&mut self.first),
            Some(page) => self.rest.get_mut(page),
        }
    }

    fn last(&mut self) -> &mut Vec<T> {
        self.rest.last_mut().unwrap_or(&mut self.first)
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
