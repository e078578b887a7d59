//! The linear programme behind the lower bound of a shift plan, by the simplex method.

/// What is not zero.
const EPSILON: f64 = 1e-9;

/// A packing programme: weights for rows such that no column's rows weigh more than it costs, and
/// the weights times the needs are as much as can be. It is the dual of covering the needs with
/// columns at the least cost.
#[derive(Debug)]
pub(crate) struct Packing<'a> {
    /// For each row, how many columns have to cover it.
    pub(crate) needs: &'a [u32],
    /// For each column, the rows that it covers.
    pub(crate) columns: &'a [Vec<usize>],
    /// For each column, what it costs; above zero.
    pub(crate) costs: &'a [u32],
}

/// What the method found. Where it was stopped early the weights are still allowed ones.
#[derive(Debug)]
pub(crate) struct Weights {
    /// For each row.
    pub(crate) rows: Vec<f64>,
    /// For each column, how often the fractional cover uses it.
    pub(crate) columns: Vec<f64>,
}

/// A dictionary: `basic = bound - sum(coefficient * nonbasic)`, `gain + sum(gain * nonbasic)`.
#[derive(Debug)]
struct Dictionary {
    width: usize,
    coefficients: Vec<f64>,
    bounds: Vec<f64>,
    gains: Vec<f64>,
    /// Which variable each line is of, and each column: rows' weights first, then columns' slacks.
    basic: Vec<usize>,
    nonbasic: Vec<usize>,
}

impl Packing<'_> {
    /// Solves it: O(rows × columns) for each step, a few steps for each row.
    pub(crate) fn solve(&self) -> Weights {
        let (width, height) = (self.needs.len(), self.columns.len());
        let mut dictionary = Dictionary {
            width,
            coefficients: vec![0.0; width * height],
            bounds: (0..height).map(|column| self.bound(column)).collect(),
            gains: self.needs.iter().map(|need| f64::from(*need)).collect(),
            basic: (width..width + height).collect(),
            nonbasic: (0..width).collect(),
        };
        for (line, rows) in self.columns.iter().enumerate() {
            rows.iter()
                .for_each(|row| dictionary.coefficients[line * width + row] = 1.0);
        }
        for _ in 0..20 * (width + height) {
            let Some((line, column)) = dictionary.choose() else {
                break;
            };
            dictionary.pivot(line, column);
        }
        let mut found = vec![0.0; width + height];
        for (line, variable) in dictionary.basic.iter().enumerate() {
            if *variable < width {
                found[*variable] = dictionary.bounds[line].max(0.0);
            }
        }
        for (gain, variable) in dictionary.gains.iter().zip(&dictionary.nonbasic) {
            if *variable >= width {
                found[*variable] = (-gain).max(0.0);
            }
        }
        let columns = found.split_off(width);
        Weights {
            rows: found,
            columns,
        }
    }

    /// A column's cost, less up to a millionth of it, differently for each: so no two steps tie, and
    /// the method does not go round in circles. Less, so that what is found is allowed.
    fn bound(&self, column: usize) -> f64 {
        // Fibonacci hashing: the top 32 bits of a multiple of 2^64 / phi.
        let spread = (column as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let part = spread as f64 / f64::from(u32::MAX);
        f64::from(self.costs[column]) * (1.0 - 1e-6 * part)
    }
}

impl Dictionary {
    /// The line and column to exchange: the column with the most to gain, the line that binds first.
    fn choose(&self) -> Option<(usize, usize)> {
        let best = (0..self.width).max_by(|a, b| self.gains[*a].total_cmp(&self.gains[*b]))?;
        if self.gains[best] <= EPSILON {
            return None;
        }
        let mut binding: Option<(f64, usize)> = None;
        for (line, bound) in self.bounds.iter().enumerate() {
            let coefficient = self.coefficients[line * self.width + best];
            if coefficient > EPSILON {
                let room = bound / coefficient;
                if binding.is_none_or(|(least, _)| room < least) {
                    binding = Some((room, line));
                }
            }
        }
        binding.map(|(_, line)| (line, best))
    }

    fn pivot(&mut self, line: usize, column: usize) {
        let width = self.width;
        let at = line * width;
        let inverse = 1.0 / self.coefficients[at + column];
        self.coefficients[at + column] = 1.0;
        let mut pivot: Vec<f64> = self.coefficients[at..at + width].to_vec();
        pivot
            .iter_mut()
            .for_each(|coefficient| *coefficient *= inverse);
        let bound = self.bounds[line] * inverse;
        // Most coefficients are zero for long.
        let filled: Vec<usize> = (0..width).filter(|k| pivot[*k] != 0.0).collect();

        for (other, row) in self.coefficients.chunks_exact_mut(width).enumerate() {
            let factor = row[column];
            if other == line || factor == 0.0 {
                continue;
            }
            row[column] = 0.0;
            filled.iter().for_each(|k| row[*k] -= factor * pivot[*k]);
            self.bounds[other] = (self.bounds[other] - factor * bound).max(0.0);
        }
        let gain = self.gains[column];
        self.gains[column] = 0.0;
        filled
            .iter()
            .for_each(|k| self.gains[*k] -= gain * pivot[*k]);
        self.coefficients[at..at + width].copy_from_slice(&pivot);
        self.bounds[line] = bound;
        std::mem::swap(&mut self.basic[line], &mut self.nonbasic[column]);
    }
}
