"""One small shop, written in every language: carts in one file, and orders that use them in another."""

SHOPS = {
    "python": {
        "shop/carts.py": """\
class Cart:
    def __init__(self, owner):
        self.owner = owner
        self.entries = []

    def append_item(self, item, amount):
        self.entries.append((item, amount))

    def total_price(self, rate):
        return len(self.entries) * rate
""",
        "shop/orders.py": """\
from carts import Cart


def place_order(owner, wanted):
    cart = Cart(owner)
    for item in wanted:
        cart.append_item(item, amount=2)
    return cart.total_price(rate=1.5)
""",
    },
    "go": {
        "go.mod": """\
module example.com/shop

go 1.22
""",
        "carts/cart.go": """\
package carts

type Cart struct {
\tOwner string
\tentries []string
}

func NewCart(owner string) *Cart {
\treturn &Cart{Owner: owner}
}

func (c *Cart) AppendItem(item string, amount int) {
\tc.entries = append(c.entries, item)
}

func (c *Cart) TotalPrice(rate int) int {
\treturn len(c.entries) * rate
}
""",
        "orders.go": """\
package shop

import "example.com/shop/carts"

func PlaceOrder(owner string, wanted []string) int {
\tcart := carts.NewCart(owner)
\tfor _, item := range wanted {
\t\tcart.AppendItem(item, 2)
\t}
\treturn cart.TotalPrice(3)
}
""",
    },
    "java": {
        "shop/carts/Cart.java": """\
package shop.carts;

import java.util.ArrayList;
import java.util.List;

public class Cart {
    private final String owner;
    private final List<String> entries = new ArrayList<>();

    public Cart(String owner) {
        this.owner = owner;
    }

    public void appendItem(String item, int amount) {
        entries.add(item);
    }

    public int totalPrice(int rate) {
        return entries.size() * rate;
    }
}
""",
        "shop/Orders.java": """\
package shop;

import shop.carts.Cart;

public class Orders {
    public static int placeOrder(String owner, String[] wanted) {
        Cart cart = new Cart(owner);
        for (String item : wanted) {
            cart.appendItem(item, 2);
        }
        return cart.totalPrice(3);
    }
}
""",
    },
    "javascript": {
        "carts.js": """\
export class Cart {
  constructor(owner) {
    this.owner = owner;
    this.entries = [];
  }

  appendItem(item, amount) {
    this.entries.push([item, amount]);
  }

  totalPrice(rate) {
    return this.entries.length * rate;
  }
}
""",
        "orders.js": """\
import { Cart } from "./carts.js";

export function placeOrder(owner, wanted) {
  const cart = new Cart(owner);
  for (const item of wanted) {
    cart.appendItem(item, 2);
  }
  return cart.totalPrice(1.5);
}
""",
    },
    "typescript": {
        "carts.ts": """\
export class Cart {
  private entries: [string, number][] = [];

  constructor(readonly owner: string) {}

  appendItem(item: string, amount: number): void {
    this.entries.push([item, amount]);
  }

  totalPrice(rate: number): number {
    return this.entries.length * rate;
  }
}
""",
        "orders.ts": """\
import { Cart } from "./carts";

export function placeOrder(owner: string, wanted: string[]): number {
  const cart = new Cart(owner);
  for (const item of wanted) {
    cart.appendItem(item, 2);
  }
  return cart.totalPrice(1.5);
}
""",
    },
    "rust": {
        "Cargo.toml": """\
[package]
name = "shop"
version = "0.1.0"
edition = "2021"
""",
        "src/carts.rs": """\
pub struct Cart {
    pub owner: String,
    entries: Vec<String>,
}

impl Cart {
    pub fn new_cart(owner: String) -> Cart {
        Cart { owner, entries: Vec::new() }
    }

    pub fn append_item(&mut self, item: String, amount: usize) {
        self.entries.push(item);
    }

    pub fn total_price(&self, rate: usize) -> usize {
        self.entries.len() * rate
    }
}
""",
        "src/lib.rs": """\
pub mod carts;

use crate::carts::Cart;

pub fn place_order(owner: String, wanted: Vec<String>) -> usize {
    let mut cart = Cart::new_cart(owner);
    for item in wanted {
        cart.append_item(item, 2);
    }
    cart.total_price(3)
}
""",
    },
    "csharp": {
        "Carts/Cart.cs": """\
using System.Collections.Generic;

namespace Shop.Carts;

public class Cart
{
    private readonly List<string> _entries = new List<string>();

    public string Owner { get; }

    public Cart(string owner)
    {
        Owner = owner;
    }

    public void AppendItem(string item, int amount)
    {
        _entries.Add(item);
    }

    public int TotalPrice(int rate)
    {
        return _entries.Count * rate;
    }
}
""",
        "Orders.cs": """\
using Shop.Carts;

namespace Shop;

public static class Orders
{
    public static int PlaceOrder(string owner, string[] wanted)
    {
        var cart = new Cart(owner);
        foreach (var item in wanted)
        {
            cart.AppendItem(item, amount: 2);
        }
        return cart.TotalPrice(rate: 3);
    }
}
""",
    },
    "cpp": {
        "carts.hpp": """\
#pragma once
#include <string>
#include <vector>

namespace shop {

class Cart {
 public:
  explicit Cart(std::string owner) : owner_(owner) {}
  void append_item(std::string item, int amount) { entries_.push_back(item); }
  int total_price(int rate) const { return static_cast<int>(entries_.size()) * rate; }

 private:
  std::string owner_;
  std::vector<std::string> entries_;
};

}  // namespace shop
""",
        "orders.cpp": """\
#include "carts.hpp"

namespace shop {

int place_order(std::string owner, std::vector<std::string> wanted) {
  Cart cart(owner);
  for (const auto& item : wanted) {
    cart.append_item(item, 2);
  }
  return cart.total_price(3);
}

}  // namespace shop
""",
    },
}
"""Files by path, by language."""
