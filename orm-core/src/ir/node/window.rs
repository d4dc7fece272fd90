//! Aggregates over windows.

use super::super::node::ChildMut;
use super::{Node, WindowNode, WindowSpec};
use orm_sql::ast::Template;

/// What stands in the place of NULL is said of the result, not of the function.
static OR_ELSE: Template = Template::first_of("COALESCE({}, {})");

impl Node {
    /// The expression with each of its aggregates over a window.
    pub(crate) fn over(mut self, window: &WindowSpec) -> Node {
        self.put_over(window);
        self
    }

    fn put_over(&mut self, window: &WindowSpec) {
        match self {
            Node::Outer(_) | Node::Window(_) => {}
            Node::Aggregate(aggregate) => {
                let default = aggregate.default.take();
                let function = std::mem::replace(self, Node::Bool(true));
                let over = window.clone();
                let result = Node::Window(Box::new(WindowNode { function, over }));
                *self = match default {
                    Some(default) => Node::template(&OR_ELSE, vec![result, default]),
                    None => result,
                };
            }
            node => node.each_child_mut(&mut |child| {
                if let ChildMut::Node(node) = child {
                    node.put_over(window);
                }
            }),
        }
    }
}
