"""A small harbour in C++, and verdicts on completions in it."""

from __future__ import annotations

from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.index import build
from solulu.verifier.repository import SymbolIndex

SHIP = b"""#ifndef HARBOUR_SHIP_H_
#define HARBOUR_SHIP_H_
#include <memory>
#include <string>
#include <vector>
#include "config.h"

#define HARBOUR_API __attribute__((visibility("default")))
#define DECLARE_FLAG(name) bool flag_##name() const

namespace harbour {

enum class Cargo { Grain, Coal };
enum Colour { kRed, kBlue };
using Names = std::vector<std::string>;

struct Crew {
  int size = 0;
  Names names;
};

class HARBOUR_API Vessel {
 public:
  virtual ~Vessel() = default;
  const std::string& name() const { return name_; }
  Crew crew_of(int deck = 0) const;

 protected:
  std::string name_;
};

class Ship : public Vessel {
 public:
  explicit Ship(std::string name);
  void load(Cargo cargo, int tons);
  std::unique_ptr<Ship> tug() const;
  Crew crew;
  static Ship* flagship();
};

template <typename T>
class Dock {
 public:
  void moor(T item) { items_.push_back(item); }
  std::vector<T> items_;
};

class Buoy {
 public:
  DECLARE_FLAG(lit);
};

template <typename Base>
class Towed : public Base {
 public:
  void pull();
};

int tons_of(const Ship& ship);

}  // namespace harbour
#endif
"""
SHIP_SOURCE = b"""#include "harbour/ship.h"

namespace harbour {
namespace {
int rounded(double tons) { return static_cast<int>(tons); }
}
void Ship::load(Cargo cargo, int tons) { crew.size += rounded(tons); }
}
"""
FOREIGN = b"""#pragma once
#include <zlib.h>
namespace harbour { int packed(const char* text); }
"""
PORTABLE = b"""#pragma once
#ifdef _WIN32
#include <windows.h>
#else
#include <unistd.h>
#endif
namespace harbour { void wait_for(int seconds); }
"""
FILES: list[tuple[str, bytes | None]] = [
    ("include/harbour/ship.h", SHIP),
    ("src/ship.cc", SHIP_SOURCE),
    ("include/harbour/packed.h", FOREIGN),
    ("include/harbour/portable.h", PORTABLE),
]
HARBOUR = build("harbour", FILES)
HEAD = """#include "harbour/ship.h"
#include <map>

namespace harbour {

void work(Ship& ship, const Vessel* vessel, std::vector<Crew> crews) {
  auto tug = ship.tug();
  std::map<std::string, int> counts;
  """
TAIL = ";\n}\n\n}  // namespace harbour\n"


def verdict(completion: str, head: str = HEAD, tail: str = TAIL, index: SymbolIndex = HARBOUR) -> Verdict:
    """What becomes of a completion in a new file of the harbour."""
    return check(Case("src/pier.cc", head, completion, tail), index)
