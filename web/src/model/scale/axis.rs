//! An axis: from values to places, and where its marks are.

/// An axis of a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    /// The values at its ends.
    pub(super) from: f64,
    pub(super) to: f64,
    /// The places of these.
    pub(super) start: f64,
    pub(super) end: f64,
    /// Whether equal steps are equal differences, else equal ratios.
    pub(super) linear: bool,
}

impl Axis {
    /// An axis for these values: from nothing, or from a power of ten to another.
    pub(super) fn over(
        values: impl Iterator<Item = f64> + Clone,
        linear: bool,
        start: f64,
        end: f64,
    ) -> Self {
        let most = values.clone().fold(0.0, f64::max).max(1e-9);
        if linear {
            let step = nice(most / 5.0);
            return Self { from: 0.0, to: (most / step).ceil() * step, start, end, linear };
        }
        let least = values.filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
        let from = if least.is_finite() { 10f64.powf(least.log10().floor()) } else { 1.0 };
        let to = 10f64.powf(most.log10().ceil()).max(from * 10.0);
        Self { from, to, start, end, linear }
    }

    /// Where a value lies. What is below a logarithmic axis lies at its foot.
    pub(super) fn at(&self, value: f64) -> f64 {
        let part = match self.linear {
            true => (value - self.from) / (self.to - self.from),
            false => (value.max(self.from) / self.from).log10() / (self.to / self.from).log10(),
        };
        self.start + part * (self.end - self.start)
    }

    /// The values at which there are marks.
    pub(super) fn marks(&self) -> Vec<f64> {
        if self.linear {
            let step = nice((self.to - self.from) / 5.0);
            return (0..)
                .map(|index| f64::from(index) * step)
                .take_while(|mark| *mark <= self.to * 1.000_001)
                .collect();
        }
        let decades = (self.to / self.from).log10().round() as i32;
        (0..=decades).map(|decade| self.from * 10f64.powi(decade)).collect()
    }
}

/// The next round number: 1, 2 or 5 times a power of ten.
fn nice(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|round| *round >= step * 0.999)
        .unwrap_or(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithmic_axis_goes_from_one_power_of_ten_to_another() {
        let axis = Axis::over([3.0, 400.0].into_iter(), false, 0.0, 300.0);
        assert_eq!((axis.from, axis.to), (1.0, 1000.0));
        assert_eq!(axis.marks(), [1.0, 10.0, 100.0, 1000.0]);
        assert!((axis.at(10.0) - 100.0).abs() < 1e-6);
        assert!(axis.at(0.0).abs() < 1e-6, "what is below lies at the foot");
    }

    #[test]
    fn a_linear_axis_begins_with_nothing_and_has_round_marks() {
        let axis = Axis::over([3.0, 430.0].into_iter(), true, 100.0, 0.0);
        assert_eq!((axis.from, axis.to), (0.0, 500.0));
        assert_eq!(axis.marks(), [0.0, 100.0, 200.0, 300.0, 400.0, 500.0]);
        assert!((axis.at(250.0) - 50.0).abs() < 1e-6);
    }

    #[test]
    fn all_the_same_is_no_division_by_nothing() {
        for linear in [true, false] {
            let axis = Axis::over([1.0, 1.0].into_iter(), linear, 0.0, 100.0);
            assert!(axis.at(1.0).is_finite() && axis.marks().len() > 1);
            assert!(Axis::over(std::iter::empty(), linear, 0.0, 100.0).at(1.0).is_finite());
        }
    }
}
