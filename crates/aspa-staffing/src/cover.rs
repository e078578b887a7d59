//! Covering needs with columns at the least cost, and what any cover costs at least.
//!
//! A linear programme gives weights to rows. They are rounded down to integers and checked in
//! integers: whatever weights they are, if no column's rows weigh more than it costs, then the
//! weighed needs are a lower bound (weak duality). So no rounding of floats can make the bound wrong.
//! Covers come from the whole parts of the programme's fractions and a greedy rest, and from sweeps
//! over the rows; the cheapest is improved by making parts of it again. Where it still costs more than
//! the bound, a search looks for a cover that meets the bound, then for one that costs one more, and
//! so on, until its steps are used up. Everything is deterministic.

use crate::simplex::{Packing, Weights};

/// What one unit of cost weighs.
const UNIT: i64 = 1 << 20;

/// How many steps all searches may take together, and one of them.
const STEPS: u32 = 60_000;
const STEPS_OF_ONE: u32 = 12_000;

/// Up to how many missing rows a search goes deep.
const DEEPEST: u64 = 600;

/// From how many places a sweep starts, how often fractions are rounded in another way, and how many
/// parts of a cover are made again.
const SWEEPS: usize = 12;
const ROUNDINGS: u32 = 32;
const REPAIRS: usize = 300;

/// For each row, the columns that cover it.
type ColumnsOf = Vec<Vec<usize>>;

/// Which of two columns goes first that cover as much for their cost.
#[derive(Debug, Clone, Copy)]
enum Prefer {
    Short,
    Long,
    /// Any of them, another one for each number.
    Any(usize),
}

/// Needs and what may cover them. Every row is in some column; costs are above zero.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) needs: Vec<u32>,
    pub(crate) columns: Vec<Vec<usize>>,
    pub(crate) costs: Vec<u32>,
}

/// A cover and a bound.
#[derive(Debug)]
pub(crate) struct Cover {
    /// For each column, how often it is used.
    pub(crate) used: Vec<u32>,
    /// No cover costs less.
    pub(crate) at_least: u64,
}

impl Problem {
    pub(crate) fn solve(&self) -> Cover {
        let weights = self.weights();
        let rows = self.certified(&weights);
        let weighed = weighed(&rows, &self.needs);
        let at_least = weighed.max(0).unsigned_abs().div_ceil(UNIT.unsigned_abs());

        let whole: Vec<u32> = weights.columns.iter().map(|x| (x + 1e-6) as u32).collect();
        let mut used = self.greedy(&rows, whole.clone());
        let mut cost = self.cost(&used);
        let from_nothing = self.greedy(&rows, vec![0; self.columns.len()]);
        if self.cost(&from_nothing) < cost {
            cost = self.cost(&from_nothing);
            used = from_nothing;
        }
        let of = self.columns_of();
        let rounded = (0..ROUNDINGS).map(|shift| self.rounded(&weights.columns, shift));
        let nothing = || vec![0; self.columns.len()];
        let rounded = rounded.map(|used| (0, Prefer::Short, used));
        let swept = self
            .sweeps()
            .map(|(start, prefer)| (start, prefer, nothing()));
        for (start, prefer, begun) in rounded.chain(swept) {
            if cost == at_least {
                break;
            }
            let swept = self.sweep(&of, start, prefer, begun);
            let swept_cost = self.cost(&swept);
            if swept_cost < cost {
                (used, cost) = (swept, swept_cost);
            }
        }
        for round in 0..REPAIRS {
            if cost == at_least {
                break;
            }
            let repaired = self.repair(&of, round, used.clone());
            let repaired_cost = self.cost(&repaired);
            if repaired_cost <= cost {
                (used, cost) = (repaired, repaired_cost);
            }
        }
        let mut search = Search::new(self, &rows, &weights);
        let less = |by: u32| whole.iter().map(move |n| n.saturating_sub(by)).collect();
        let starts: [Vec<u32>; 3] = [whole.clone(), less(1), less(u32::MAX)];
        'targets: for target in at_least..cost {
            for start in &starts {
                if let Some(found) = search.cover(target, start) {
                    used = found;
                    break 'targets;
                }
            }
        }
        Cover { used, at_least }
    }

    fn weights(&self) -> Weights {
        let packing = Packing {
            needs: &self.needs,
            columns: &self.columns,
            costs: &self.costs,
        };
        packing.solve()
    }

    /// The rows' weights as integers, such that no column weighs more than it costs.
    fn certified(&self, weights: &Weights) -> Vec<i64> {
        let integer = |weight: &f64| (weight * UNIT as f64) as i64;
        let rows: Vec<i64> = weights.rows.iter().map(integer).collect();
        // Where rounding made a column too heavy, all weights shrink by the worst ratio.
        let (mut over, mut under) = (1, 1);
        for (column, cost) in self.columns.iter().zip(&self.costs) {
            let weight: i64 = column.iter().map(|row| rows[*row]).sum();
            let allowed = i64::from(*cost) * UNIT;
            if i128::from(weight) * i128::from(under) > i128::from(over) * i128::from(allowed) {
                (over, under) = (weight, allowed);
            }
        }
        let shrunk = |row: i64| (i128::from(row) * i128::from(under) / i128::from(over)) as i64;
        rows.into_iter().map(shrunk).collect()
    }

    /// Adds the columns that weigh most for their cost until all is covered.
    fn greedy(&self, rows: &[i64], mut used: Vec<u32>) -> Vec<u32> {
        let mut missing = self.missing(&used);
        loop {
            // What a column covers of what is missing, by the rows' weights; rows without weight
            // count a little.
            let worth = |column: &[usize]| -> i64 {
                let open = column.iter().filter(|row| missing[**row] > 0);
                open.map(|row| rows[*row] + UNIT / 64).sum()
            };
            let best = (0..self.columns.len()).max_by(|a, b| {
                let one = i128::from(worth(&self.columns[*a])) * i128::from(self.costs[*b]);
                let other = i128::from(worth(&self.columns[*b])) * i128::from(self.costs[*a]);
                one.cmp(&other).then(b.cmp(a))
            });
            let Some(best) = best else { break };
            let open = self.columns[best].iter().filter(|row| missing[**row] > 0);
            let Some(least) = open.map(|row| missing[*row]).min() else {
                break;
            };
            used[best] += u32::try_from(least).unwrap_or(u32::MAX);
            self.columns[best]
                .iter()
                .for_each(|row| missing[*row] -= least);
        }
        self.without_spare(&mut missing, used)
    }

    /// Takes out what touches a part of the rows, and covers that part again.
    fn repair(&self, of: &ColumnsOf, round: usize, mut used: Vec<u32>) -> Vec<u32> {
        let rows = self.needs.len();
        // A step that shares no factor with most numbers of rows goes all round.
        let start = round * 61 % rows;
        let width = rows / [3, 6, 12][round % 3] + 1;
        let touches = |row: &usize| (row + rows - start) % rows < width;
        for (column, used) in self.columns.iter().zip(&mut used) {
            if *used > 0 && column.iter().any(touches) {
                *used = 0;
            }
        }
        let prefer = match round / 3 % 4 {
            0 => Prefer::Short,
            1 => Prefer::Long,
            _ => Prefer::Any(round),
        };
        self.sweep(of, start, prefer, used)
    }

    fn columns_of(&self) -> ColumnsOf {
        let mut of = vec![Vec::new(); self.needs.len()];
        for (column, rows) in self.columns.iter().enumerate() {
            rows.iter().for_each(|row| of[*row].push(column));
        }
        of
    }

    /// Takes away columns that are not needed, dear ones first.
    fn without_spare(&self, missing: &mut [i64], mut used: Vec<u32>) -> Vec<u32> {
        let mut dear: Vec<usize> = (0..self.columns.len()).filter(|c| used[*c] > 0).collect();
        dear.sort_by_key(|column| std::cmp::Reverse(self.costs[*column]));
        for column in dear {
            let spare = self.columns[column].iter().map(|row| -missing[*row]).min();
            let spare = spare.unwrap_or(0).clamp(0, i64::from(used[column]));
            used[column] -= spare as u32;
            self.columns[column]
                .iter()
                .for_each(|row| missing[*row] += spare);
        }
        used
    }

    /// The programme's fractions as whole numbers, such that the sum over any run of columns is off by
    /// less than one: columns by cost, then by place, which is by time. Shifts without breaks, all of a
    /// length, are then a cover at once (J. J. Bartholdi, J. B. Orlin and H. D. Ratliff 1980).
    fn rounded(&self, fractions: &[f64], shift: u32) -> Vec<u32> {
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        order.sort_by_key(|column| self.costs[*column]);
        let mut used = vec![0; self.columns.len()];
        let mut sum = f64::from(shift) / f64::from(ROUNDINGS);
        for column in order {
            let before = sum.floor();
            sum += fractions[column];
            used[column] = (sum.floor() - before) as u32;
        }
        used
    }

    /// From which rows to sweep, and what to prefer: some places all round, both ways.
    fn sweeps(&self) -> impl Iterator<Item = (usize, Prefer)> {
        let rows = self.needs.len();
        let starts = (0..rows).step_by(rows.div_ceil(SWEEPS).max(1));
        starts.flat_map(|start| [(start, Prefer::Short), (start, Prefer::Long)])
    }

    /// Adds columns for the first missing row, then the next, round from `start`: each time the one
    /// that covers most missing rows for its cost.
    fn sweep(&self, of: &ColumnsOf, start: usize, prefer: Prefer, mut used: Vec<u32>) -> Vec<u32> {
        let mut missing = self.missing(&used);
        let rows = self.needs.len();
        for row in (start..rows).chain(0..start) {
            while missing[row] > 0 {
                let worth = |column: usize| {
                    let open = self.columns[column].iter().filter(|row| missing[**row] > 0);
                    open.count() as u64
                };
                let best = of[row].iter().copied().max_by(|a, b| {
                    let one = worth(*a) * u64::from(self.costs[*b]);
                    let other = worth(*b) * u64::from(self.costs[*a]);
                    let length = self.costs[*a].cmp(&self.costs[*b]);
                    let length = match prefer {
                        Prefer::Short => length.reverse(),
                        Prefer::Long => length,
                        Prefer::Any(salt) => mixed(*a, salt).cmp(&mixed(*b, salt)),
                    };
                    one.cmp(&other).then(length).then(b.cmp(a))
                });
                let Some(best) = best else { break };
                let open = self.columns[best].iter().map(|row| missing[*row]);
                let least = open.filter(|missing| *missing > 0).min().unwrap_or(1);
                used[best] += u32::try_from(least).unwrap_or(u32::MAX);
                self.columns[best]
                    .iter()
                    .for_each(|row| missing[*row] -= least);
            }
        }
        self.without_spare(&mut missing, used)
    }

    /// How many each row lacks; below zero where it has too many.
    fn missing(&self, used: &[u32]) -> Vec<i64> {
        let mut missing: Vec<i64> = self.needs.iter().map(|need| i64::from(*need)).collect();
        for (column, used) in self.columns.iter().zip(used) {
            column
                .iter()
                .for_each(|row| missing[*row] -= i64::from(*used));
        }
        missing
    }

    fn cost(&self, used: &[u32]) -> u64 {
        let costs = used.iter().zip(&self.costs);
        costs
            .map(|(used, cost)| u64::from(*used) * u64::from(*cost))
            .sum()
    }
}

/// Fibonacci hashing, so that equals are taken in an order without a pattern.
fn mixed(column: usize, salt: usize) -> u64 {
    let both = (column as u64) ^ ((salt as u64) << 32);
    both.wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(29)
        .wrapping_mul(0xBF58_476D_1CE4_E5B9)
}

fn weighed(rows: &[i64], needs: &[u32]) -> i64 {
    rows.iter()
        .zip(needs)
        .map(|(row, need)| row * i64::from(*need))
        .sum()
}

/// Depth first over the columns for one missing row after another.
///
/// For any cover: `cost = weighed needs + sum(slack of its columns) + sum(weight of its surplus)`. So
/// a cover of a given cost can afford so much slack and surplus and no more, which cuts most branches.
#[derive(Debug)]
struct Search<'a> {
    problem: &'a Problem,
    rows: &'a [i64],
    /// What each column costs more than its rows weigh.
    slack: Vec<i64>,
    /// The columns of each row, those that the programme uses first.
    columns_of: ColumnsOf,
    /// Rows, those with the fewest columns first.
    order: Vec<usize>,
    steps: u32,
    stop: u32,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem, rows: &'a [i64], weights: &Weights) -> Self {
        let slack = |(column, cost): (&Vec<usize>, &u32)| {
            i64::from(*cost) * UNIT - column.iter().map(|row| rows[*row]).sum::<i64>()
        };
        let slack: Vec<i64> = problem
            .columns
            .iter()
            .zip(&problem.costs)
            .map(slack)
            .collect();
        let mut columns_of = problem.columns_of();
        let fraction = |column: usize| {
            let x = weights.columns[column];
            x - (x + 1e-6).floor()
        };
        for columns in &mut columns_of {
            columns.sort_by(|a, b| {
                let first = fraction(*b).total_cmp(&fraction(*a));
                first.then(slack[*a].cmp(&slack[*b])).then(a.cmp(b))
            });
        }
        let mut order: Vec<usize> = (0..problem.needs.len()).collect();
        order.sort_by_key(|row| (columns_of[*row].len(), *row));
        Self {
            problem,
            rows,
            slack,
            columns_of,
            order,
            steps: 0,
            stop: 0,
        }
    }

    /// A cover of this cost or less that contains the given columns.
    fn cover(&mut self, target: u64, start: &[u32]) -> Option<Vec<u32>> {
        let mut missing = self.problem.missing(start);
        let lacking: u64 = missing.iter().map(|m| u64::try_from(*m).unwrap_or(0)).sum();
        if lacking > DEEPEST * 16 {
            return None;
        }
        let surplus: i64 = missing
            .iter()
            .zip(self.rows)
            .map(|(m, w)| (-m).max(0) * w)
            .sum();
        let slack: i64 = start
            .iter()
            .zip(&self.slack)
            .map(|(n, s)| i64::from(*n) * s)
            .sum();
        let room = i64::try_from(target).ok()?.checked_mul(UNIT)?;
        let budget = room - weighed(self.rows, &self.problem.needs) - surplus - slack;
        self.stop = STEPS.min(self.steps + STEPS_OF_ONE);
        let mut used = start.to_vec();
        (budget >= 0 && self.deeper(&mut missing, &mut used, budget, None, 0)).then_some(used)
    }

    /// `last` is the row that the step before filled, and from which of its columns on: rows are
    /// filled by columns in order, so that no set of columns is tried twice.
    fn deeper(
        &mut self,
        missing: &mut [i64],
        used: &mut [u32],
        budget: i64,
        last: Option<(usize, usize)>,
        depth: u64,
    ) -> bool {
        let Some(row) = self.order.iter().copied().find(|row| missing[*row] > 0) else {
            return true;
        };
        if depth >= DEEPEST {
            return false;
        }
        let from = last
            .filter(|(same, _)| *same == row)
            .map_or(0, |(_, from)| from);
        for place in from..self.columns_of[row].len() {
            if self.steps >= self.stop {
                return false;
            }
            let column = self.columns_of[row][place];
            let rows = &self.problem.columns[column];
            let full = rows.iter().filter(|row| missing[**row] <= 0);
            let price = self.slack[column] + full.map(|row| self.rows[*row]).sum::<i64>();
            if price > budget {
                continue;
            }
            self.steps += 1;
            rows.iter().for_each(|row| missing[*row] -= 1);
            used[column] += 1;
            if self.deeper(missing, used, budget - price, Some((row, place)), depth + 1) {
                return true;
            }
            used[column] -= 1;
            let rows = &self.problem.columns[column];
            rows.iter().for_each(|row| missing[*row] += 1);
        }
        false
    }
}
