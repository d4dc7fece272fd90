//! A choice, shared columns, a many-to-many relation, constraints; a key of two columns.

#[derive(Choices, Clone, Copy, Debug, PartialEq)]
pub enum Status {
    #[choice("o", label = "Open")]
    Open,
    #[choice("d")]
    Done,
}

#[derive(ModelFields, Clone, Debug, PartialEq)]
pub struct Timestamps {
    #[field(auto_now_add)]
    pub created_at: DateTime<Utc>,
    #[field(auto_now)]
    pub updated_at: DateTime<Utc>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(
    app = "work",
    ordering = [-number],
    unique(fields = [title], where = |t| t.status().eq(Status::Open)),
    index(fields = [-number]),
    check(|t| t.number().gt(0), name = "number_positive"),
)]
pub struct Task {
    pub id: i64,
    pub number: i32,
    #[field(max_length = 80, validators(not_shouted))]
    pub title: String,
    #[field(default = Status::Open)]
    pub status: Status,
    #[field(generated = |t| t.title().length())]
    pub title_length: i32,
    #[model(flatten)]
    pub times: Timestamps,
    #[field(related_name = "tagged")]
    pub tags: ManyToMany<Tag>,
}

#[derive(Model, Clone, Debug, PartialEq)]
#[model(app = "work", primary_key = [task, place])]
pub struct Step {
    #[field(on_delete = Cascade, related_name = "steps")]
    pub task: ForeignKey<Task>,
    pub place: i32,
    pub text: String,
}

#[derive(ModelFields, Clone, Debug, PartialEq)]
pub struct Voucher {
    pub code: String,
}

#[derive(Kinds, Clone, Debug, PartialEq)]
#[field(column = "paid_by")]
pub enum Method {
    #[choice("c", label = "In cash")]
    Cash,
    /// By card.
    Card {
        #[field(max_length = 19)]
        number: String,
        #[field(on_delete = Protect, related_name = "cards")]
        holder: Option<ForeignKey<Task>>,
    },
    Voucher(Voucher),
}

#[derive(Model, Clone, Debug, PartialEq)]
pub struct Payment {
    pub id: i64,
    #[model(flatten, related(card_holder: Task = "paid"))]
    pub method: Method,
}
