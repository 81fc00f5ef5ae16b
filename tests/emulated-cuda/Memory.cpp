#include "Driver.h"
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>

namespace {
constexpr size_t guard_bytes = 256, alignment = 256;
constexpr unsigned char guard = 255;            // read as floats it is NaN

struct Piece {
    size_t bytes;
    bool pinned;
};

std::map<const unsigned char *, Piece> pieces;
size_t device_bytes;

bool is_whole(const unsigned char *from) {
    return std::all_of(from, from + guard_bytes, [](unsigned char b) { return b == guard; });
}
} // namespace

void *memory::take(size_t bytes, bool pinned) {
    size_t room = (bytes + 2 * guard_bytes + alignment - 1) / alignment * alignment;
    unsigned char *all = (unsigned char *)aligned_alloc(alignment, room);
    if (all == nullptr) return nullptr;
    unsigned char *at = all + guard_bytes;
    memset(all, guard, guard_bytes);
    memset(at + bytes, guard, guard_bytes);
    if (settings().poison != 0) memset(at, 255, bytes);
    pieces[at] = {bytes, pinned};
    if (!pinned) device_bytes += bytes;
    return at;
}

int memory::give_back(void *pointer, bool pinned) {
    auto found = pieces.find((unsigned char *)pointer);
    if (found == pieces.end() || found->second.pinned != pinned) return invalid_value;
    if (!pinned) device_bytes -= found->second.bytes;
    free((unsigned char *)pointer - guard_bytes);
    pieces.erase(found);
    return ok;
}

bool memory::holds(const void *pointer, size_t bytes, bool pinned) {
    const unsigned char *at = (const unsigned char *)pointer;
    auto after = pieces.upper_bound(at);
    if (after == pieces.begin()) return false;
    auto [start, piece] = *--after;
    return piece.pinned == pinned && (size_t)(at - start) <= piece.bytes && bytes <= piece.bytes - (size_t)(at - start);
}

std::string memory::find_overrun() {
    for (auto &[at, piece] : pieces) {
        if (!is_whole(at - guard_bytes)) return "memory is written before the start of a piece of " + std::to_string(piece.bytes) + " bytes";
        if (!is_whole(at + piece.bytes)) return "memory is written behind the end of a piece of " + std::to_string(piece.bytes) + " bytes";
    }
    return {};
}

size_t memory::used() { return device_bytes; }
