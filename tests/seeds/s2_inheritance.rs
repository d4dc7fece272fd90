//! Integrations with other systems: what all of them have in one table, and what each has besides in its
//! own, with the constraints of its own.

use crate::support::{Outcome, database};
use orm::prelude::*;
use orm_testkit::QueryCounter;

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "outside", ordering = [name])]
pub struct Integration {
    pub id: i64,
    #[field(max_length = 60)]
    pub name: String,
    #[field(default = true)]
    pub active: bool,
}

/// The system of this one wants whole numbers.
#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "outside",
    extends = Integration,
    unique(fields = [external_id, region], name = "payroll_once_a_region"),
    check(|p| p.external_id().gt(0), name = "payroll_id_is_positive")
)]
pub struct Payroll {
    pub integration: Integration,
    pub external_id: i64,
    #[field(max_length = 8)]
    pub region: String,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "outside", extends = Integration, check(|r| r.url().startswith("https://"), name = "roster_is_safe"))]
pub struct Roster {
    pub integration: Integration,
    #[field(unique)]
    pub url: String,
    pub token: Option<Uuid>,
}

#[derive(Subclasses, Clone, Debug, PartialEq)]
enum AnyIntegration {
    Payroll(Payroll),
    Roster(Roster),
    Other(Integration),
}

impl AnyIntegration {
    /// What each validates by its own attributes.
    fn is_valid(&self) -> bool {
        match self {
            AnyIntegration::Payroll(payroll) => payroll.external_id > 100,
            AnyIntegration::Roster(roster) => roster.token.is_some(),
            AnyIntegration::Other(integration) => integration.active,
        }
    }
}

#[tokio::test]
async fn s2_2_multi_table_inheritance() -> Outcome {
    let db = database!("outside": Integration, Payroll, Roster);
    draft!(Integration { name: "Mail" }).save(&db).await?;
    draft!(Payroll { name: "Pay", external_id: 123, region: "eu" }).save(&db).await?;
    draft!(Roster { name: "Shifts", url: "https://x" }).save(&db).await?;

    // Constraints of the child, by name.
    let again = draft!(Payroll { name: "Pay 2", external_id: 123, region: "eu" }).save(&db).await;
    let Err(Error::Unique(error)) = again else { panic!("{again:?}") };
    assert_eq!(error.constraint.as_deref(), Some("payroll_once_a_region"));
    let negative = draft!(Payroll { name: "Pay 2", external_id: -1, region: "eu" }).save(&db).await;
    let Err(Error::Check(error)) = negative else { panic!("{negative:?}") };
    assert_eq!(error.constraint.as_deref(), Some("payroll_id_is_positive"));
    let unsafe_url = draft!(Roster { name: "R", url: "http://x" }).save(&db).await;
    assert!(matches!(unsafe_url, Err(Error::Check(_))), "{unsafe_url:?}");
    assert_eq!(Integration::objects().count(&db).await?, 3, "nothing is half there");

    // Children through the parent, in one query, each as what it is.
    let counter = QueryCounter::new(&db);
    let all = Integration::objects().select_subclasses::<AnyIntegration>().all(&db).await?;
    counter.expect(1)?;
    assert_eq!(all.iter().map(AnyIntegration::is_valid).collect::<Vec<_>>(), [true, true, false]);
    assert!(
        matches!(&all[1], AnyIntegration::Payroll(p) if p.name == "Pay" && p.external_id == 123),
        "{all:?}"
    );
    assert!(matches!(&all[2], AnyIntegration::Roster(r) if r.active), "{all:?}");

    let payrolls = Integration::objects()
        .filter(|i| i.payroll().region().eq("eu"))
        .values(|i| i.name())
        .all(&db)
        .await?;
    assert_eq!(payrolls, ["Pay"]);
    let mut pay = Payroll::objects().get(&db).await?;
    pay.active = false;
    pay.region = "us".into();
    pay.save(&db).await?;
    assert_eq!(Integration::objects().filter(|i| i.active().eq(false)).count(&db).await?, 1);
    assert_eq!(pay.delete(&db).await?.total, 2);
    assert_eq!(Integration::objects().count(&db).await?, 2);
    Ok(())
}

#[tokio::test]
async fn s2_3_bulk_create_of_inherited_models() -> Outcome {
    let db = database!("outside": Integration, Payroll, Roster);
    draft!(Integration { name: "first" }).save(&db).await?;
    let counter = QueryCounter::new(&db);
    let drafts = (1..=1000_i64)
        .map(|n| draft!(Payroll { name: format!("p{n:04}"), external_id: n, region: "eu" }));
    let made = Payroll::objects().bulk_create(&db, drafts).await?;
    counter.expect(1)?;
    assert_eq!(made.len(), 1000);
    // Keys and defaults are filled in, in the order of the drafts.
    assert!(
        made.windows(2)
            .all(|two| two[0].pk() < two[1].pk() && two[0].external_id < two[1].external_id)
    );
    assert!(made.iter().all(|row| row.integration.id == row.pk() && row.active));
    assert_eq!(Payroll::objects().order_by(|p| p.pk().asc()).all(&db).await?, made);
    assert_eq!(Integration::objects().count(&db).await?, 1001);
    // All or nothing.
    let twice = [
        draft!(Payroll { name: "a", external_id: 2000_i64, region: "eu" }),
        draft!(Payroll { name: "b", external_id: 7_i64, region: "eu" }),
    ];
    assert!(matches!(Payroll::objects().bulk_create(&db, twice).await, Err(Error::Unique(_))));
    assert_eq!(Integration::objects().count(&db).await?, 1001);
    Ok(())
}
