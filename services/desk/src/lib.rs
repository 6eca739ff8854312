//! The officer's side: reception, legal clock, examination, decision, register.
