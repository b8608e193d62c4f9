//! How we misbehave, on purpose: six seams, and nothing outside of this folder knows a weakness.
//!
//! `issuer`, `resource` and `server` hold no `if weak`. They ask a seam: does somebody waive this
//! broken rule, drop this effect, change this draft, read this leniently, mangle this response,
//! open this surface? With no weakness active every seam is one look at an empty slice.

mod seam;
pub mod weakness;

pub use seam::{
    AccessTokenDraft, Asked, ClientIdDraft, CodeDraft, Draft, EffectName, IdTokenDraft, Leniency,
    Outgoing, RegistrationDraft, Seam, Surface,
};
pub use weakness::{WEAKNESSES, Weakness, weakness_id};

use crate::rule::{Docket, Fact, Rule, Waivers};

/// The weaknesses of one lab.
#[derive(Clone, Debug, Default)]
pub struct Deviations {
    active: Vec<&'static Weakness>,
}

impl Deviations {
    /// None: the lab behaves.
    pub fn none() -> Self {
        Self::default()
    }

    /// The weaknesses of these ids; unknown ids were refused when the configuration was read.
    pub fn of(ids: &[&str]) -> Self {
        let active = WEAKNESSES.iter().filter(|weakness| ids.contains(&weakness.id));
        Self { active: active.copied().collect() }
    }

    /// Ids of the active weaknesses: for banners and reports.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.active.iter().map(|weakness| weakness.id)
    }

    /// Whether none is active.
    pub fn is_empty(&self) -> bool {
        self.active.is_empty()
    }

    fn seams(&self) -> impl Iterator<Item = &'static Seam> {
        self.active.iter().flat_map(|weakness| weakness.seams)
    }

    /// Seam *effect*: whether an effect is still applied.
    pub fn keeps(&self, effect: EffectName) -> bool {
        !self.seams().any(|seam| matches!(seam, Seam::DropEffect(name) if *name == effect))
    }

    /// Seam *draft*: changes something before it is signed and stored.
    pub fn draft(&self, mut draft: Draft<'_>) {
        for seam in self.seams() {
            if let Seam::Draft(change) = seam {
                change(&mut draft);
            }
        }
    }

    /// Seam *read*: whether a request is read more leniently than the spec allows.
    pub fn reads(&self, leniency: Leniency) -> bool {
        self.seams().any(|seam| matches!(seam, Seam::Read(name) if *name == leniency))
    }

    /// Seam *surface*: whether a part of the outside is open that should not be.
    pub fn opens(&self, surface: Surface) -> bool {
        self.seams().any(|seam| matches!(seam, Seam::Surface(name) if *name == surface))
    }

    /// Seam *mangle*: changes an outgoing response.
    pub fn mangle(&self, outgoing: &mut Outgoing<'_>) {
        for seam in self.seams() {
            if let Seam::Mangle(change) = seam {
                change(outgoing);
            }
        }
    }

    /// Whether any active weakness changes responses, so that bodies need not be read otherwise.
    pub fn mangles(&self) -> bool {
        self.seams().any(|seam| matches!(seam, Seam::Mangle(_)))
    }
}

/// Seam *waive*.
impl Waivers for Deviations {
    fn waives(&self, rule: &'static Rule, expected: &Fact, got: &Fact) -> bool {
        self.seams().any(|seam| match seam {
            Seam::Waive(waived, when) => *waived == rule && when(expected, got),
            Seam::WaiveAt(..)
            | Seam::DropEffect(_)
            | Seam::Draft(_)
            | Seam::Read(_)
            | Seam::Surface(_)
            | Seam::Mangle(_) => false,
        })
    }

    fn waives_at(
        &self,
        docket: &'static Docket,
        rule: &'static Rule,
        facts: (&Fact, &Fact),
    ) -> bool {
        let (expected, got) = facts;
        let here = |seam: &Seam| match seam {
            Seam::WaiveAt(at, waived, when) => {
                at.id == docket.id && *waived == rule && when(expected, got)
            }
            Seam::Waive(..)
            | Seam::DropEffect(_)
            | Seam::Draft(_)
            | Seam::Read(_)
            | Seam::Surface(_)
            | Seam::Mangle(_) => false,
        };
        self.waives(rule, expected, got) || self.seams().any(here)
    }
}
