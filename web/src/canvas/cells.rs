//! The wall as pixels: thousands of cells, each of some twenty pixels, in a bitmap that is handed to the canvas in
//! one go. Told to the canvas one by one, with a style and some shapes for each, ten thousand would take more than
//! a frame.
//!
//! Cells begin and end where pixels do, so that those of the same kind and size are the same pixels: each is worked
//! out once.

use crate::model::stage::{Cell, Layout};
use loopscope_shared::sorted::SortedMap;

/// A colour: red, green, blue and how opaque it is, from 0 to 255.
pub type Rgba = [u8; 4];

/// From this size on a cell has room for an outline, in the page's pixels.
const OUTLINED_FROM: f64 = 4.0;

/// A pixel is looked at in so many places in each direction.
const SAMPLES: u32 = 4;

/// The colours of a wall: one for each flag that has one, and that of the chosen cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inks {
    /// Of the flags.
    pub flags: Vec<(Cell, Rgba)>,
    /// Of what the reader has chosen.
    pub chosen: Rgba,
}

/// A part of a bitmap, in its pixels: left, top, width, height.
pub type Area = (usize, usize, usize, usize);

/// The pixels of a wall.
#[derive(Clone, Debug)]
pub struct Bitmap {
    /// Width and height in pixels.
    pub size: (usize, usize),
    /// Each as red, green, blue and how opaque it is, row after row.
    pub pixels: Vec<u8>,
    /// Pixels of the screen for each of the page.
    ratio: f64,
    layout: Layout,
    inks: Inks,
    drawn: Vec<Cell>,
    /// Cells that were worked out, by what they are and their size.
    known: SortedMap<(u16, usize, usize), Vec<Rgba>>,
}

impl Bitmap {
    /// An empty one, of that size in the page's pixels.
    pub fn new((width, height): (f64, f64), ratio: f64, layout: Layout, inks: Inks) -> Self {
        let size = ((width * ratio) as usize, (height * ratio) as usize);
        let pixels = vec![0; size.0 * size.1 * 4];
        Self { size, pixels, ratio, layout, inks, drawn: Vec::new(), known: SortedMap::new() }
    }

    /// How the rows are laid out.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Draws what has changed: how many cells that is, and the areas in which they lie. Cells from `swept` on are not
    /// yet asked.
    pub fn paint(&mut self, cells: &[Cell], swept: usize) -> (u32, Vec<Area>) {
        self.drawn.resize(cells.len().max(self.drawn.len()), Cell::default());
        let (mut painted, mut areas): (u32, Vec<Area>) = (0, Vec::new());
        for place in 0..self.drawn.len() {
            let cell = cells.get(place).copied().unwrap_or_default();
            let cell = if place < swept { cell } else { cell.without(Cell::ASKED) };
            if self.drawn[place] != cell {
                self.drawn[place] = cell;
                let area = self.area(place);
                self.put(area, cell);
                add(&mut areas, area);
                painted += 1;
            }
        }
        (painted, areas)
    }

    /// The pixels of a cell with the gaps beside and below it.
    pub fn area(&self, place: usize) -> Area {
        let Layout { across, down, .. } = self.layout;
        let (x, y) = self.layout.at(place);
        let pixel = |at: f64, most: usize| ((at * self.ratio).round() as usize).min(most);
        let (left, right) = (pixel(x, self.size.0), pixel(x + across, self.size.0));
        let (top, bottom) = (pixel(y, self.size.1), pixel(y + down, self.size.1));
        (left, top, right - left, bottom - top)
    }

    fn put(&mut self, (left, top, width, height): Area, cell: Cell) {
        let (inks, ratio) = (&self.inks, self.ratio);
        let work_out = || Shape::new(cell, (width, height), ratio).pixels(inks);
        let known = self.known.entry((cell.bits(), width, height)).or_insert_with(work_out);
        for (row, colours) in known.chunks_exact(width.max(1)).enumerate() {
            let at = ((top + row) * self.size.0 + left) * 4;
            self.pixels[at..at + width * 4].copy_from_slice(colours.as_flattened());
        }
    }
}

/// Adds an area to the others: to the last, if it is of the same row or the row after it, else as one more.
fn add(areas: &mut Vec<Area>, (left, top, width, height): Area) {
    match areas.last_mut().filter(|last| last.1 <= top && top <= last.1 + last.3) {
        Some(last) => {
            let (right, bottom) = ((last.0 + last.2).max(left + width), (last.1 + last.3).max(top + height));
            last.0 = last.0.min(left);
            (last.2, last.3) = (right - last.0, bottom - last.1);
        }
        None => areas.push((left, top, width, height)),
    }
}

/// A cell as shapes upon each other.
struct Shape {
    cell: Cell,
    /// In pixels, with the gaps.
    pixels: (usize, usize),
    ratio: f64,
    /// Without the gaps, in the page's pixels.
    wide: f64,
    high: f64,
}

impl Shape {
    fn new(cell: Cell, pixels: (usize, usize), ratio: f64) -> Self {
        let (across, down) = (pixels.0 as f64 / ratio, pixels.1 as f64 / ratio);
        // The gap between cells is a part of them while they are large.
        let gap = if across.min(down) >= OUTLINED_FROM { 1.0 } else { 0.4 };
        Self { cell, pixels, ratio, wide: across - gap, high: down - gap }
    }

    fn pixels(&self, inks: &Inks) -> Vec<Rgba> {
        let (width, height) = self.pixels;
        (0..height).flat_map(|y| (0..width).map(move |x| self.pixel(x, y, inks))).collect()
    }

    /// What is seen of a pixel: the mean of some places in it.
    fn pixel(&self, x: usize, y: usize, inks: &Inks) -> Rgba {
        let at = |pixel: usize, part: u32| {
            (pixel as f64 + (f64::from(part) + 0.5) / f64::from(SAMPLES)) / self.ratio
        };
        let (mut sum, mut cover) = ([0; 3], 0);
        for (down, across) in (0..SAMPLES).flat_map(|down| (0..SAMPLES).map(move |across| (down, across))) {
            let Some([red, green, blue, opaque]) = self.ink(at(x, across), at(y, down), inks) else {
                continue;
            };
            let opaque = u32::from(opaque);
            for (sum, part) in sum.iter_mut().zip([red, green, blue]) {
                *sum += u32::from(part) * opaque;
            }
            cover += opaque;
        }
        let [red, green, blue] = sum.map(|part| part.checked_div(cover).unwrap_or(0) as u8);
        [red, green, blue, (cover / (SAMPLES * SAMPLES)) as u8]
    }

    /// The colour at a place, that of the uppermost shape; `None` in the gap.
    fn ink(&self, x: f64, y: f64, inks: &Inks) -> Option<Rgba> {
        let (cell, wide, high) = (self.cell, self.wide, self.high);
        if !cell.is(Cell::OPEN) || x > wide || y > high {
            return None;
        }
        let colour = |flag: Cell| inks.flags.iter().find(|(of, _)| *of == flag).map(|(_, ink)| *ink);
        let line = if cell.is(Cell::CHOSEN) { 2.0 } else { 1.0 };
        if (cell.is(Cell::CHOSEN) || cell.is(Cell::TOUCHED)) && self.on_edge(x, y, line) {
            return Some(inks.chosen);
        }
        if cell.is(Cell::LISTED) && x >= wide * 0.35 && y <= high * (x / wide - 0.35) {
            return colour(Cell::LISTED);
        }
        if cell.is(Cell::STRANDED) && self.on_hatch(x, y) {
            return colour(Cell::STRANDED);
        }
        if cell.is(Cell::LISTENS) {
            let (from_x, from_y) = (x - wide / 2.0, y - high / 2.0);
            if from_x.hypot(from_y) <= (wide.min(high) / 2.0).max(0.5) {
                return colour(if cell.is(Cell::READABLE) { Cell::WAITS } else { Cell::WATCHED });
            }
        }
        let waits = cell.is(Cell::WAITS) || (cell.is(Cell::READABLE) && !cell.is(Cell::LISTENS));
        if waits && y >= high * 0.25 {
            return colour(Cell::WAITS);
        }
        if cell.is(Cell::SENDING) && y >= high * 0.6 {
            return colour(Cell::SENDING);
        }
        if cell.is(Cell::WATCHED) && self.on_edge(x, y, if wide >= OUTLINED_FROM { 1.0 } else { 0.5 }) {
            return colour(Cell::WATCHED);
        }
        colour(if cell.is(Cell::ASKED) { Cell::ASKED } else { Cell::OPEN })
    }

    /// Whether a place is on the outline, half a pixel inside the cell, at that width of the line.
    fn on_edge(&self, x: f64, y: f64, line: f64) -> bool {
        let inside = x.min(y).min(self.wide - x).min(self.high - y);
        (inside - 0.5).abs() <= line / 2.0
    }

    /// Whether a place is on one of three lines from below on the left to above on the right.
    fn on_hatch(&self, x: f64, y: f64) -> bool {
        let (across, down) = (x / self.wide, y / self.high);
        // How far apart two lines are that differ by 1 in the sum of both parts, in pixels.
        let apart = self.wide * self.high / self.wide.hypot(self.high);
        [0.5, 1.0, 1.5].iter().any(|line| (across + down - line).abs() * apart <= 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Rgba = [10, 20, 30, 255];
    const WAITS: Rgba = [200, 0, 0, 255];
    const CHOSEN: Rgba = [0, 0, 250, 255];

    /// Of 200 cells, in four rows, five pixels each with the gap.
    fn bitmap() -> Bitmap {
        let inks = Inks { flags: vec![(Cell::OPEN, OPEN), (Cell::WAITS, WAITS)], chosen: CHOSEN };
        Bitmap::new((320.0, 20.0), 1.0, Layout::of(4, 320.0, 20.0), inks)
    }

    fn pixel(bitmap: &Bitmap, x: usize, y: usize) -> Rgba {
        let at = (y * bitmap.size.0 + x) * 4;
        bitmap.pixels[at..at + 4].try_into().expect("a pixel has four parts")
    }

    #[test]
    fn a_cell_is_filled_by_what_waits_in_it_and_has_a_gap_beside_it() {
        let mut bitmap = bitmap();
        let cells = [Cell::default(), Cell::OPEN, Cell::OPEN | Cell::WAITS, Cell::OPEN | Cell::CHOSEN];
        assert_eq!(bitmap.paint(&cells, usize::MAX), (3, vec![(5, 0, 15, 5)]));
        assert_eq!(pixel(&bitmap, 2, 2), [0; 4], "nothing is open there");
        assert_eq!((pixel(&bitmap, 7, 2), pixel(&bitmap, 9, 2)), (OPEN, [0; 4]));
        assert_eq!((pixel(&bitmap, 12, 0), pixel(&bitmap, 12, 2)), (OPEN, WAITS));
        assert_eq!((pixel(&bitmap, 15, 0), pixel(&bitmap, 15, 2)), (CHOSEN, CHOSEN));
    }

    #[test]
    fn only_what_has_changed_is_drawn_again() {
        let mut bitmap = bitmap();
        let mut cells = vec![Cell::OPEN; 200];
        assert_eq!(bitmap.paint(&cells, usize::MAX).0, 200);
        assert_eq!(bitmap.paint(&cells, usize::MAX), (0, vec![]));
        (cells[1], cells[2], cells[199]) =
            (Cell::OPEN | Cell::WAITS, Cell::default(), Cell::OPEN | Cell::WAITS);
        let (painted, areas) = bitmap.paint(&cells, usize::MAX);
        assert_eq!((painted, areas), (3, vec![(5, 0, 10, 5), (35, 15, 5, 5)]));
        assert_eq!(pixel(&bitmap, 12, 2), [0; 4], "it was closed");
        assert_eq!(bitmap.paint(&cells[..64], usize::MAX).0, 136, "what is gone is taken away");
    }

    #[test]
    fn what_is_not_yet_swept_is_not_yet_asked() {
        let mut bitmap = bitmap();
        let cells = vec![Cell::OPEN | Cell::ASKED; 128];
        bitmap.paint(&cells, 0);
        assert_eq!(bitmap.paint(&cells, 64).0, 64);
        assert_eq!(bitmap.paint(&cells, 128).0, 64);
    }

    #[test]
    fn cells_end_where_pixels_do_and_the_next_begin_there() {
        let inks = Inks { flags: Vec::new(), chosen: CHOSEN };
        let layout = Layout::of(157, 683.0, 211.0);
        let bitmap = Bitmap::new((683.0, 211.0), 1.5, layout, inks);
        for place in 0..157 * 64 - 1 {
            let ((left, top, width, _), next) = (bitmap.area(place), bitmap.area(place + 1));
            assert!(next.1 != top || next.0 == left + width, "{place}");
            assert!(left + width <= bitmap.size.0 && width > 0, "{place}");
        }
    }
}
