//! Working time: offices' hours, holidays, make-up days, pauses, cut-off.
