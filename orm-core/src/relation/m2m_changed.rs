//! Calls hooks and receivers when a many-to-many relation changes: `m2m_changed` in Django.

use crate::hooks::{Event, Events, HookCx, RelatedAction, RelatedChange};
use crate::ir::{RelatedSet, RelationKind, Step};
use crate::lifecycle;
use orm_sql::error::{Error, Result};
use orm_sql::exec::Executor;
use orm_sql::value::SqlValue;

/// True where somebody wants to know of changes of the relation that a step follows.
pub(super) fn is_watched(step: Step) -> bool {
    let Some(relation) = step.relation() else { return false };
    relation.kind == RelationKind::ManyToMany
        && lifecycle::wanted(relation.from(), Events::of(&[Event::RelatedChange]))
}

/// A change whose hooks and receivers before it were called.
pub(super) struct M2mChange<'a> {
    cx: HookCx<'a>,
    change: RelatedChange,
}

impl<'a> M2mChange<'a> {
    /// Calls those before the change.
    pub(super) async fn before(
        db: &'a dyn Executor,
        set: &RelatedSet,
        action: RelatedAction,
        keys: &[Vec<SqlValue>],
    ) -> Result<M2mChange<'a>> {
        let relation = set.step.relation().ok_or_else(|| Error::usage("no relation changes"))?;
        let cx = HookCx::new(db, relation.from());
        let reverse = matches!(set.step, Step::Reverse(_));
        let keys = keys.to_vec();
        let change = RelatedChange { relation, reverse, action, key: set.key.to_vec(), keys };
        lifecycle::related(&change, &cx).await?;
        Ok(M2mChange { cx, change })
    }

    /// Calls those after it.
    pub(super) async fn after(mut self, action: RelatedAction) -> Result<()> {
        self.change.action = action;
        lifecycle::related(&self.change, &self.cx).await
    }
}
