use orm::prelude::*;

#[derive(Model)]
struct Venue {
    id: i64,
    name: String,
}

impl Hooks for Venue {
    async fn before_save(&mut self, _: &HookCx<'_>) -> Result<()> {
        self.name.clear();
        Ok(())
    }
}

fn main() {}
