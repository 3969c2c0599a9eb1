// Work on many items by some threads; what an item gives does not depend on which thread took it.
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace limbeck {

template <class Call>
void in_parallel(int items, int threads, Call call) {
    if (threads <= 1 || items < 2) {
        for (int i = 0; i < items; ++i) call(i);
        return;
    }
    std::atomic<int> next{0};
    auto work = [&] {
        for (int i = next++; i < items; i = next++) call(i);
    };
    std::vector<std::thread> others;
    for (int t = 1; t < std::min(threads, items); ++t) others.emplace_back(work);
    work();
    for (std::thread &other : others) other.join();
}

}  // namespace limbeck
