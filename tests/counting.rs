//! How many people: from lines of logs to the number, the level, who is told and what is due.

mod support;

#[path = "counting/boundaries.rs"]
mod boundaries;
#[path = "counting/inventory.rs"]
mod inventory;
#[path = "counting/order.rs"]
mod order;
