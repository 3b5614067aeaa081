//! The wall: thousands of descriptors as cells, 64 a row, so that a row is one word of an `fd_set`.

use std::ops::BitOr;

use loopscope_shared::ids::Fd;

/// Cells a row: the bits of a word, in which the kernel copies and goes through its sets.
pub const WORD: usize = 64;

/// What is so of one descriptor, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell(u16);

impl Cell {
    /// It is open.
    pub const OPEN: Self = Self(1);
    /// Something watches it.
    pub const WATCHED: Self = Self(1 << 1);
    /// A read now would not block.
    pub const READABLE: Self = Self(1 << 2);
    /// Bytes wait in its receive buffer.
    pub const WAITS: Self = Self(1 << 3);
    /// Bytes wait in its send buffer.
    pub const SENDING: Self = Self(1 << 4);
    /// It is on a ready list.
    pub const LISTED: Self = Self(1 << 5);
    /// Bytes wait in it, and nothing will tell of them again.
    pub const STRANDED: Self = Self(1 << 6);
    /// The wait that is under way asks it.
    pub const ASKED: Self = Self(1 << 7);
    /// The reader has chosen it.
    pub const CHOSEN: Self = Self(1 << 8);
    /// The latest call is about it.
    pub const TOUCHED: Self = Self(1 << 9);
    /// It listens.
    pub const LISTENS: Self = Self(1 << 10);
    /// How full it is is not known.
    pub const UNKNOWN: Self = Self(1 << 11);

    /// Whether all of that is so.
    pub fn is(self, flag: Self) -> bool {
        self.0 & flag.0 == flag.0
    }

    /// A number for all that is so of it: cells that look alike have the same.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// This, or nothing.
    pub(super) fn if_so(self, so: bool) -> Self {
        if so { self } else { Self::default() }
    }

    /// The same without that.
    pub fn without(self, flag: Self) -> Self {
        Self(self.0 & !flag.0)
    }

    /// Whether it has to be shown in full besides, or spoken of.
    pub(super) fn matters(self) -> bool {
        let any = Self::READABLE | Self::WAITS | Self::SENDING | Self::CHOSEN | Self::TOUCHED | Self::LISTENS;
        self.0 & any.0 != 0
    }
}

impl BitOr for Cell {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A cell for each number, up to the highest that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wall {
    cells: Vec<Cell>,
}

impl Wall {
    /// Sets the cell of a descriptor.
    pub fn put(&mut self, fd: Fd, cell: Cell) {
        let Ok(place) = usize::try_from(fd.0) else { return };
        if place >= self.cells.len() {
            self.cells.resize(place + 1, Cell::default());
        }
        self.cells[place] = cell;
    }

    /// The cell of each number.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.cells.len().div_ceil(WORD)
    }

    /// The descriptors that are open, in order.
    pub fn fds(&self) -> impl Iterator<Item = Fd> {
        let open = self.cells.iter().enumerate().filter(|(_, cell)| cell.is(Cell::OPEN));
        open.map(|(place, _)| Fd(place as i32))
    }

    /// How many have each of that, gone through once.
    pub fn counts<const N: usize>(&self, flags: [Cell; N]) -> [usize; N] {
        let mut counts = [0; N];
        for cell in &self.cells {
            for (count, flag) in counts.iter_mut().zip(flags) {
                *count += usize::from(cell.is(flag));
            }
        }
        counts
    }

    /// The places whose cells differ from those of another wall.
    pub fn changed(&self, before: &Self) -> Vec<usize> {
        let most = self.cells.len().max(before.cells.len());
        let at = |wall: &Self, place: usize| wall.cells.get(place).copied().unwrap_or_default();
        (0..most).filter(|place| at(self, *place) != at(before, *place)).collect()
    }
}

/// How the rows of a wall are laid out upon a surface: in columns beside each other, like those of a newspaper,
/// as many as make the cells large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// Rows in a column.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// The width of a cell with the gap beside it.
    pub across: f64,
    /// The height of a cell with the gap below it.
    pub down: f64,
}

/// The gap between two columns, in cells.
const GUTTER: f64 = 2.0;

/// The most columns: more would be read as one row.
const COLUMNS_MAX: usize = 4;

/// The largest that a cell is drawn.
const CELL_MAX: f64 = 12.0;

impl Layout {
    /// The layout of so many rows on a surface of this size.
    pub fn of(rows: usize, width: f64, height: f64) -> Self {
        let rows = rows.max(1);
        let with = |columns: usize| {
            let each = rows.div_ceil(columns);
            let cells = (columns * WORD) as f64 + (columns - 1) as f64 * GUTTER;
            let across = (width / cells).min(CELL_MAX);
            Self { rows: each, columns, across, down: (height / each as f64).min(CELL_MAX) }
        };
        let least = |layout: &Self| layout.across.min(layout.down);
        let better = |best: Self, next: Self| if least(&next) > least(&best) * 1.05 { next } else { best };
        (2..=COLUMNS_MAX).map(with).fold(with(1), better)
    }

    /// Where the cell of a number is: its left and upper edge.
    pub fn at(&self, place: usize) -> (f64, f64) {
        let (row, bit) = (place / WORD, place % WORD);
        let (column, row) = (row / self.rows, row % self.rows);
        ((column as f64 * (WORD as f64 + GUTTER) + bit as f64) * self.across, row as f64 * self.down)
    }

    /// The number whose cell is there, if there is one.
    pub fn find(&self, x: f64, y: f64) -> Option<usize> {
        let (bit, row) = ((x / self.across).floor(), (y / self.down).floor());
        if bit < 0.0 || row < 0.0 || row >= self.rows as f64 {
            return None;
        }
        let (width, bit) = (WORD + GUTTER as usize, bit as usize);
        let column = bit / width;
        (bit % width < WORD && column < self.columns)
            .then(|| (column * self.rows + row as usize) * WORD + bit % width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cells_that_changed_are_told() {
        let mut before = Wall::default();
        for fd in 3..2_000 {
            before.put(Fd(fd), Cell::OPEN | Cell::WATCHED);
        }
        let mut after = before.clone();
        assert_eq!(after.changed(&before), [0; 0]);
        after.put(Fd(70), Cell::OPEN | Cell::WAITS);
        after.put(Fd(2_100), Cell::OPEN);
        assert_eq!(after.changed(&before), [70, 2_100]);
        assert_eq!(before.changed(&after), [70, 2_100], "what was closed has changed, too");
        assert_eq!((after.rows(), after.counts([Cell::WAITS])[0], after.fds().count()), (33, 1, 1_998));
    }

    #[test]
    fn ten_thousand_are_laid_out_in_columns_and_each_is_found_again() {
        let layout = Layout::of(157, 680.0, 230.0);
        assert!(layout.columns > 1 && layout.across.min(layout.down) > 2.5, "{layout:?}");
        for place in [0, 63, 64, 1_023, 1_024, 9_999] {
            let (x, y) = layout.at(place);
            assert_eq!(layout.find(x + layout.across / 2.0, y + layout.down / 2.0), Some(place));
            assert!(x < 680.0 && y < 230.0);
        }
        assert_eq!(layout.find(-1.0, 3.0), None);
        assert_eq!(layout.find(65.0 * layout.across, 3.0), None, "between two columns");
    }

    #[test]
    fn few_rows_are_drawn_in_one_column() {
        let layout = Layout::of(9, 680.0, 230.0);
        assert_eq!((layout.columns, layout.rows), (1, 9));
    }
}
