//! What a model, an expression and a query are and mean; SQL as text.
